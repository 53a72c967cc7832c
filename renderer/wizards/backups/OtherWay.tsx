import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { NativeSelect, NumberInput } from '@mantine/core';
import { backupMethodSchema, backupModeSchema } from '../../../shared/schemas/backup-policy.ts';
import type { BackupOverview } from '../../../shared/schemas/backup-overview.ts';
import { type OtherThanPolicy, useBackupRunWizard } from '../../stores/backup-run-wizard.ts';
import { LabOptions } from './LabOptions.tsx';
import { methods, methodWords, modes, modeWords } from './way-words.ts';

/** MiB per second; the schema takes more than any disk gives. */
const mostMebibytes = 90_000;

/** What is done in another way this once. Everything is as the policy says until it is changed here. */
export function OtherWay({ overview }: { overview: BackupOverview }) {
  const { other, change } = useBackupRunWizard();
  const set = (changed: OtherThanPolicy) => change({ ...other, ...changed });
  const asThePolicy = { value: '', label: t`As the policy says` };
  const storages = storagesForBackups(overview);
  return (
    <details className="panel other-way" open={Object.values(other).some((value) => value !== undefined)}>
      <summary>
        <Trans>Other than the policy, this once</Trans>
      </summary>
      <div className="other-way-fields">
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`What is made`}
          value={other.method ?? ''}
          data={[asThePolicy, ...methods.map((value) => ({ value, label: methodWords(value) }))]}
          onChange={(event) => set({ method: backupMethodSchema.safeParse(event.currentTarget.value).data })}
        />
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`The guest meanwhile`}
          value={other.mode ?? ''}
          data={[
            asThePolicy,
            ...modes.map((value) => {
              const { name, about } = modeWords(value);
              return { value, label: t`${name}: ${about}` };
            }),
          ]}
          onChange={(event) => set({ mode: backupModeSchema.safeParse(event.currentTarget.value).data })}
        />
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`Storage`}
          value={other.storage ?? ''}
          onChange={(event) => set({ storage: event.currentTarget.value || undefined })}
        >
          <option value="">{asThePolicy.label}</option>
          <LabOptions values={storages} />
        </NativeSelect>
        <NumberInput
          label={t`At most MiB/s`}
          placeholder={t`As the policy says`}
          min={1}
          max={mostMebibytes}
          allowDecimal={false}
          clampBehavior="blur"
          value={other.bandwidthLimit === undefined ? '' : other.bandwidthLimit / 1024}
          onChange={(value) =>
            set({
              bandwidthLimit:
                typeof value === 'number' && value >= 1 && value <= mostMebibytes ? value * 1024 : undefined,
            })
          }
        />
      </div>
    </details>
  );
}

/** Those that some node says may hold backups. */
function storagesForBackups({ nodes }: BackupOverview): string[] {
  const names = nodes.flatMap(({ storages }) =>
    storages.filter(({ backups }) => backups).map(({ storage }) => storage),
  );
  return [...new Set(names)].toSorted();
}
