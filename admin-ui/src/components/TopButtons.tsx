import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from './Icon';

/** Event that asks the shell for its palette: the shell is above all pages. */
export const OPEN_PALETTE = 'penstock:palette';

export function SearchButton() {
  return (
    <button
      type="button"
      className="find"
      onClick={() => {
        window.dispatchEvent(new Event(OPEN_PALETTE));
      }}
    >
      <Icon name="search" small />
      <span>Search or go to</span>
      <kbd aria-hidden="true">Ctrl K</kbd>
    </button>
  );
}

export function ThemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      className="theme-button"
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
