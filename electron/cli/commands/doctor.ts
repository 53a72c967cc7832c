import type { Command } from 'commander';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';

export function addDoctorCommand(program: Command, run: RunCommand): void {
  program
    .command('doctor')
    .description('what works on this machine, and what to do about the rest')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(
          context,
          'nothing',
          async ({ client }) => {
            const [session, capabilities] = await Promise.all([
              client.session.info(),
              client.session.doctor(),
            ]);
            const broken = capabilities.filter((capability) => capability.required && !capability.ok);
            const lines = capabilities.map(({ ok, required, label, detail }) => {
              const mark = ok ? 'ok     ' : required ? 'MISSING' : 'without';
              return `  ${mark}  ${terminalText(label)}: ${terminalText(detail)}`;
            });
            const verdict =
              broken.length === 0
                ? 'Everything that is needed works.'
                : `${broken.length} of what is needed does not work.`;
            return {
              report: {
                version: session.version,
                platform: session.platform,
                ok: broken.length === 0,
                capabilities,
              },
              text: `Sifaka ${session.version} on ${session.platform}\n\n${lines.join('\n')}\n\n${verdict}`,
              exitCode: broken.length === 0 ? 0 : 1,
            };
          },
          { withoutFolders: true },
        ),
      ),
    );
}
