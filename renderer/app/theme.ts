import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** Our own Mantine theme: system fonts, a 4/8 px grid, one accent. Its colours come from tokens.css. */
export const theme = createTheme({
  fontFamily:
    '-apple-system, "Segoe UI Variable Text", "Segoe UI", Inter, "Noto Sans", Cantarell, Ubuntu, "Liberation Sans", system-ui, sans-serif',
  fontFamilyMonospace: 'var(--sf-font-mono)',
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: {
    accent: [
      '#eaf6f5',
      '#d3eae8',
      '#a7d6d2',
      '#78c0ba',
      '#52ada6',
      '#37978f',
      '#2a7d77',
      '#1f6a65',
      '#175652',
      '#0d4340',
    ],
    danger: [
      '#fdecea',
      '#f9d3cf',
      '#f0a8a1',
      '#e67a70',
      '#dc574b',
      '#cf3d30',
      '#b3261e',
      '#a8231b',
      '#851813',
      '#6b120e',
    ],
  },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '32px' },
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.35', sm: '1.43', md: '1.43', lg: '1.5', xl: '1.4' },
  respectReducedMotion: true,
  cursorType: 'pointer',
});

const tokens = {
  '--mantine-color-body': 'var(--sf-ground)',
  '--mantine-color-text': 'var(--sf-text)',
  '--mantine-color-bright': 'var(--sf-text)',
  '--mantine-color-dimmed': 'var(--sf-quiet)',
  '--mantine-color-placeholder': 'var(--sf-quiet)',
  '--mantine-color-anchor': 'var(--sf-accent-text)',
  '--mantine-color-error': 'var(--sf-danger)',
  '--mantine-color-default': 'var(--sf-surface)',
  '--mantine-color-default-hover': 'var(--sf-hover)',
  '--mantine-color-default-color': 'var(--sf-text)',
  '--mantine-color-default-border': 'var(--sf-line-strong)',
  '--mantine-color-disabled': 'var(--sf-sunken)',
  '--mantine-color-disabled-color': 'var(--sf-quiet)',
  '--mantine-color-disabled-border': 'var(--sf-line)',
  '--mantine-color-accent-filled': 'var(--sf-accent)',
  '--mantine-color-accent-filled-hover': 'color-mix(in srgb, var(--sf-accent) 88%, black)',
  '--mantine-color-accent-outline': 'var(--sf-accent-text)',
  '--mantine-color-accent-light': 'var(--sf-selected)',
  '--mantine-color-accent-light-hover': 'var(--sf-hover)',
  '--mantine-color-accent-light-color': 'var(--sf-accent-text)',
  '--mantine-color-danger-filled': 'var(--sf-danger-fill)',
  '--mantine-color-danger-filled-hover': 'color-mix(in srgb, var(--sf-danger-fill) 88%, black)',
  '--mantine-color-danger-outline': 'var(--sf-danger)',
  '--mantine-primary-color-filled': 'var(--sf-accent)',
  '--mantine-primary-color-filled-hover': 'color-mix(in srgb, var(--sf-accent) 88%, black)',
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: tokens, dark: tokens });
