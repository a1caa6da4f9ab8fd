import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import './styles/tokens.css';
import './styles/mantine.css';
import './styles/console.css';
import { Providers } from './app/Providers';
import { router } from './app/router';
import { SessionGate } from './features/session/SessionGate';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <Providers>
      <SessionGate>
        <RouterProvider router={router} />
      </SessionGate>
    </Providers>
  </StrictMode>,
);
