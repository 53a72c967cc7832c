import { t } from '@lingui/core/macro';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ServiceText } from '../../components/ServiceText.tsx';

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="planned-warnings" aria-label={t`Warnings`}>
      {warnings.map((warning) => (
        <li key={warning}>
          <IconAlertTriangle size={16} aria-hidden="true" />
          <ServiceText text={warning} />
        </li>
      ))}
    </ul>
  );
}
