import { t } from '@lingui/core/macro';
import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconContrast } from '@tabler/icons-react';
import { type ContrastChoice, useAppearance } from '../stores/appearance.ts';
import { isLanguage, languages } from '../../shared/language.ts';

const schemes = () =>
  [
    { value: 'auto', label: t`Follow the system` },
    { value: 'light', label: t`Light` },
    { value: 'dark', label: t`Dark` },
  ] as const;

const contrasts = (): readonly { value: ContrastChoice; label: string }[] => [
  { value: 'system', label: t`Follow the system` },
  { value: 'more', label: t`High contrast` },
];

/** Light, dark, high contrast and language: the system's choice unless the operator has one. */
export function AppearanceMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { contrast, language, setContrast, setLanguage } = useAppearance();
  return (
    // The placeholder would be a child that a menu may not have; without it the first item gets the focus.
    <Menu position="bottom-end" width={220} shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={t`Appearance`} className="header-appearance">
          <IconContrast size={18} stroke={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t`Light or dark`}</Menu.Label>
        {schemes().map(({ value, label }) => (
          <Menu.Item
            key={value}
            onClick={() => setColorScheme(value)}
            rightSection={check(colorScheme === value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>{t`Contrast`}</Menu.Label>
        {contrasts().map(({ value, label }) => (
          <Menu.Item key={value} onClick={() => setContrast(value)} rightSection={check(contrast === value)}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>{t`Language`}</Menu.Label>
        <Menu.Item onClick={() => setLanguage('system')} rightSection={check(language === 'system')}>
          {t`Follow the system`}
        </Menu.Item>
        {Object.entries(languages).map(([value, name]) => (
          <Menu.Item
            key={value}
            lang={value}
            onClick={() => isLanguage(value) && setLanguage(value)}
            rightSection={check(language === value)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function check(chosen: boolean) {
  return chosen ? <IconCheck size={14} aria-label={t`chosen`} /> : null;
}
