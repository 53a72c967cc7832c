import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconContrast } from '@tabler/icons-react';
import { type ContrastChoice, useAppearance } from '../stores/appearance.ts';

const schemes = [
  { value: 'auto', label: 'Follow the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

const contrasts: readonly { value: ContrastChoice; label: string }[] = [
  { value: 'system', label: 'Follow the system' },
  { value: 'more', label: 'High contrast' },
];

/** Light, dark and high contrast: the system's choice unless the operator has one. */
export function AppearanceMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { contrast, setContrast } = useAppearance();
  return (
    <Menu position="bottom-end" width={220} shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label="Appearance" className="header-appearance">
          <IconContrast size={18} stroke={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Light or dark</Menu.Label>
        {schemes.map(({ value, label }) => (
          <Menu.Item
            key={value}
            onClick={() => setColorScheme(value)}
            rightSection={check(colorScheme === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>Contrast</Menu.Label>
        {contrasts.map(({ value, label }) => (
          <Menu.Item key={value} onClick={() => setContrast(value)} rightSection={check(contrast === value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function check(chosen: boolean) {
  return chosen ? <IconCheck size={14} aria-label="chosen" /> : null;
}
