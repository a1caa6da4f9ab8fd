import { createTheme } from '@mantine/core';

// Colours come from tokens.css through mantine.css; here only what Mantine computes in code.
export const theme = createTheme({
  defaultRadius: 6,
  fontFamily: 'var(--ps-font)',
  fontFamilyMonospace: 'var(--ps-mono)',
  respectReducedMotion: true,
});
