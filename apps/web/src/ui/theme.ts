import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** One accent, a deep teal: white on 6 is 5.6:1, and 6 on the dark page 3.2:1. */
const teal = [
  '#e8f5f5',
  '#d2eaea',
  '#a5d5d5',
  '#75bfc0',
  '#4dabad',
  '#2b9093',
  '#0f7478',
  '#0b6064',
  '#084d51',
  '#053a3d',
] as const;

/** The kit's greys for dark grounds, with our hue; 7 is the page, 6 a field, 4 a border, 2 dimmed text. */
const dark = [
  '#e6ebec',
  '#c3cccf',
  '#a0adb1',
  '#8f9ca0',
  '#364246',
  '#263034',
  '#1c2326',
  '#14191b',
  '#101517',
  '#0b0f10',
] as const;

const portalProps = { target: '#content' };

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: 6,
  colors: { accent: teal, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: '6px',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: { fontWeight: '600' },
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    // Inside <main>: what opens over the page belongs to its landmark.
    Modal: { defaultProps: { transitionProps: { duration: 100 }, centered: true, portalProps } },
    Menu: {
      defaultProps: { transitionProps: { duration: 80 }, withInitialFocusPlaceholder: false, portalProps },
    },
  },
});

/** Neutral greys and the semantic colours that ui.css speaks of; all pairs pass WCAG AA. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1b2224',
    '--mantine-color-dimmed': '#586468',
    '--mantine-color-default-border': '#d3dadc',
    '--mantine-color-placeholder': '#667276',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0b6064',
    '--mantine-color-accent-light': '#d2eaea',
    '--mantine-color-accent-light-hover': '#bfe1e1',
    '--mantine-color-accent-light-color': '#084d51',
    '--mantine-color-disabled': '#eef2f2',
    '--mantine-color-disabled-color': '#667276',
    '--mantine-color-disabled-border': '#d3dadc',
  },
  dark: {
    '--mantine-color-body': '#14191b',
    '--mantine-color-text': '#e6ebec',
    '--mantine-color-dimmed': '#a0adb1',
    '--mantine-color-default': '#1c2326',
    '--mantine-color-default-hover': '#242d31',
    '--mantine-color-default-border': '#364246',
    '--mantine-color-placeholder': '#8f9ca0',
    '--mantine-color-error': '#ff8f87',
    '--mantine-color-anchor': '#75bfc0',
    '--mantine-color-accent-light': '#17393b',
    '--mantine-color-accent-light-hover': '#1d4649',
    '--mantine-color-accent-light-color': '#a5d5d5',
    '--mantine-color-disabled': '#1f2729',
    '--mantine-color-disabled-color': '#8f9ca0',
    '--mantine-color-disabled-border': '#364246',
  },
});
