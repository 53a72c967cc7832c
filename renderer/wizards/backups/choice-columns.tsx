import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Checkbox } from '@mantine/core';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { Age } from '../../components/Age.tsx';
import { coverageMarks, coverageOrder, coverageWords } from '../../components/backups/backup-words.ts';
import { guestAddress } from '../../components/backups/guest-address.ts';
import type { TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';

/** What helps to choose guests to back up: which they are, how they stand, and when they were backed up last. */
export function choiceColumns({
  chosen,
  setChosen,
}: {
  chosen: ReadonlySet<string>;
  setChosen: (guest: string, isChosen: boolean) => void;
}): TableColumn<Coverage>[] {
  return [
    {
      id: 'guest',
      header: t`Guest`,
      wraps: true,
      value: (row) => `${row.guest.name ?? ''} ${guestAddress(row)}`,
      renderCell(row) {
        const address = guestAddress(row);
        return (
          <Checkbox
            size="xs"
            checked={chosen.has(address)}
            onChange={(event) => setChosen(address, event.currentTarget.checked)}
            label={<LabText text={row.guest.name ?? address} />}
            description={<LabText text={address} />}
          />
        );
      },
    },
    {
      id: 'state',
      header: t`State`,
      value: ({ state }) => `${coverageOrder.indexOf(state)} ${coverageWords(state)}`,
      renderCell: ({ state }) => <StateMark state={coverageMarks[state]} label={coverageWords(state)} />,
    },
    {
      id: 'why',
      header: t`Why`,
      wraps: true,
      value: ({ reasons }) => reasons.map(({ code, what }) => `${code} ${what}`).join(' '),
      renderCell: ({ reasons: [first] }) =>
        first === undefined ? <span className="quiet">–</span> : <ServiceText text={first.what} />,
    },
    {
      id: 'last',
      header: t`Last good`,
      descendingFirst: true,
      value: ({ lastGoodAt }) => lastGoodAt,
      renderCell: ({ lastGoodAt }) =>
        lastGoodAt === undefined ? (
          <span className="quiet">
            <Trans>never</Trans>
          </span>
        ) : (
          <Age time={lastGoodAt} />
        ),
    },
    {
      id: 'rule',
      header: t`Rule`,
      value: ({ rule }) => rule,
      renderCell: ({ rule, isDue }) => (
        <div className="stacked">
          {rule === undefined ? (
            <span className="quiet">
              <Trans>none</Trans>
            </span>
          ) : (
            <LabText text={rule} />
          )}
          {isDue && (
            <span className="quiet small">
              <Trans>due</Trans>
            </span>
          )}
        </div>
      ),
    },
  ];
}
