import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../components/Icon';
import { Mark } from '../components/Mark';

interface Props {
  title: string;
  onForgetKey: (() => void) | undefined;
  children: ReactNode;
}

/** Navigation, top bar and the page between them. */
export function Shell({ title, onForgetKey, children }: Props) {
  return (
    <div className="shell">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <nav className="nav" aria-label="Main">
        <div className="brand">
          <Mark /> Penstock
        </div>
        <ul>
          <li>
            <a href="./" aria-current="page">
              <Icon name="overview" /> Overview
            </a>
          </li>
        </ul>
      </nav>
      <div>
        <header className="top">
          <h1 className="grow">{title}</h1>
          {onForgetKey && (
            <Button variant="subtle" size="compact-sm" onClick={onForgetKey}>
              Forget the admin key
            </Button>
          )}
          <ColorSchemeButton />
        </header>
        <main className="page" id="page">
          {children}
        </main>
      </div>
    </div>
  );
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      aria-label={`Use the ${next} theme`}
      onClick={() => {
        setColorScheme(next);
      }}
    >
      <Icon name={next === 'dark' ? 'moon' : 'sun'} />
    </ActionIcon>
  );
}
