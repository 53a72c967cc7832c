import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressesInScript } from '../../../electron/services/bridge/design/script/script-addresses.ts';
import { shellTokens } from '../../../electron/services/bridge/design/script/shell-words.ts';

const nodes = ['baobab', 'ebony', 'tapia', 'titan-13'];

function read(script: string): string[] {
  return addressesInScript(script, nodes).found.map(
    ({ node, role, address, line }) => `${line} ${node} ${role} ${address}`,
  );
}

describe('addresses in a deploy script', () => {
  test('in arrays with the node as key, however they are quoted', () => {
    const script = `#!/bin/bash
declare -A MGMT_IPS=(
  [baobab]="192.168.22.71" # the first
  ["ebony"]=192.168.22.72
  ['lemur']='fd00::9'
)
typeset -A tbIps=([baobab]=10.99.0.1/24 [ebony]=10.99.0.2 )
TB_IPS[tapia]=10.99.0.3
declare -A IPS; IPS[baobab,mgmt]=192.168.22.71; IPS[ebony_tb]=10.99.0.2`;
    expect(read(script)).toEqual([
      '3 baobab management 192.168.22.71',
      '4 ebony management 192.168.22.72',
      '5 lemur management fd00::9',
      '7 baobab thunderbolt 10.99.0.1/24',
      '7 ebony thunderbolt 10.99.0.2',
      '8 tapia thunderbolt 10.99.0.3',
    ]);
  });

  test('in variables with the node’s name in theirs', () => {
    const script = `
BAOBAB_MGMT_IP=192.168.22.71
export TB_IP_EBONY="10.99.0.2/24"
readonly tapiaTbIp='10.99.0.3'
MGMT_TITAN_13=192.168.22.13; TITAN13_TB=10.99.0.13
BAOBAB_IP=192.168.22.99
OTHER_IP=192.168.22.5`;
    expect(read(script)).toEqual([
      '2 baobab management 192.168.22.71',
      '3 ebony thunderbolt 10.99.0.2/24',
      '4 tapia thunderbolt 10.99.0.3',
      '5 titan-13 management 192.168.22.13',
      '5 titan-13 thunderbolt 10.99.0.13',
      '6 baobab unclear 192.168.22.99',
    ]);
  });

  test('in the branches of case and if', () => {
    const script = `mgmt_ip() {
  case "$1" in
    baobab) echo "192.168.22.71" ;;
    (ebony|ebony.lab) printf '%s\\n' 192.168.22.72;;
    *) echo 0.0.0.0; exit 1 ;;
  esac
}
function tb_ip { case $1 in tapia) echo 10.99.0.3;; esac; }
for node in baobab ebony; do
  case \${node} in
    baobab)
      MGMT=192.168.22.71
      TB="10.99.0.1"
      ;;
  esac
  if [ "$node" = ebony ]; then TB_IP=10.99.0.2
  elif [[ $node == "tapia" ]]; then
    MGMT_IP=192.168.22.73
  else TB_IP=10.99.0.250; fi
done`;
    expect(read(script)).toEqual([
      '3 baobab management 192.168.22.71',
      '4 ebony management 192.168.22.72',
      '8 tapia thunderbolt 10.99.0.3',
      '13 baobab thunderbolt 10.99.0.1',
      '16 ebony thunderbolt 10.99.0.2',
      '18 tapia management 192.168.22.73',
    ]);
  });

  test('in lists side by side and in entries', () => {
    const script = `NODES=(baobab ebony)
MGMT_IPS=( 192.168.22.71
           192.168.22.72 )
TB_IPS=(10.99.0.1 10.99.0.2)
TB_PEERS="tapia:10.99.0.3 lemur=10.99.0.4/24"
MGMT_HOSTS=(tapia,root@192.168.22.73)`;
    expect(read(script)).toEqual([
      '5 tapia thunderbolt 10.99.0.3',
      '5 lemur thunderbolt 10.99.0.4/24',
      '6 tapia management 192.168.22.73',
      '2 baobab management 192.168.22.71',
      '3 ebony management 192.168.22.72',
      '4 baobab thunderbolt 10.99.0.1',
      '4 ebony thunderbolt 10.99.0.2',
    ]);
  });

  test('not in comments, here-documents, quotes, commands and words that only look like it', () => {
    const script = `# BAOBAB_TB_IP=10.99.0.1
cat <<'EOF' > x
BAOBAB_TB_IP=10.99.0.2
EOF
cat <<-END
	EBONY_TB_IP=10.99.0.3
	END
echo "BAOBAB_TB_IP=10.99.0.4" 'EBONY_TB_IP=10.99.0.5'
ssh root@192.168.22.71 TAPIA_TB_IP=10.99.0.6
x=$(BAOBAB_TB_IP=10.99.0.7; echo) y=\`EBONY_TB_IP=10.99.0.8\`
BAOBAB_TB_IP=10.99.0.999 EBONY_TB_IP='10.99.0.1; reboot'
echo#EBONY_TB_IP=10.99.0.9
TAPIA_TB_IP=10.99.0.10`;
    expect(read(script)).toEqual(['13 tapia thunderbolt 10.99.0.10']);
  });

  test('and says where an address is computed', () => {
    const script = 'i=1\nBAOBAB_TB_IP="10.99.0.${i}"\nEBONY_TB_IP=10.99.0.$((i + 1))\nTAPIA_TB_IP=$(cat x)';
    const { found, computedLines } = addressesInScript(script, nodes);
    expect(found).toEqual([]);
    expect(computedLines).toEqual([2, 3]);
  });

  test('of a hostile script: it is read to its end, whatever stands in it, and only addresses come out', () => {
    const piece = fc.constantFrom(
      ...'"|\'|`|$(|${|$((|)|}|\\|\n| |;;|<<EOF|<<|(|[|]|=|case | in |esac|if |then |fi|function |{ '.split(
        '|',
      ),
      ...'declare -A |TB_IPS|baobab|#|10.99.0.1|fd00::1|echo |NODES=(|\0|\u202e|é|\r\n|__proto__|constructor'.split(
        '|',
      ),
      '|',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 80 }), (parts) => {
        for (const { node, address } of addressesInScript(parts.join(''), nodes).found) {
          expect(node).toMatch(/^[a-z0-9-]{1,63}$/);
          expect(address).toMatch(/^[0-9a-fA-F.:/]{2,50}$/);
        }
      }),
      { numRuns: 3000, seed: 20_261 },
    );
  });

  test.each(['if ', 'case x in ', '{ ', '$(', '"', 'a=(', '<<x\n', 'f() { ', 'case a in b) ', '`', '[x]='])(
    'of a large script made of %j is read in one go',
    (piece) => {
      const script = piece.repeat(Math.floor((256 * 1024) / piece.length));
      expect(shellTokens(script).length).toBeLessThanOrEqual(script.length);
      expect(read(script)).toEqual([]);
    },
  );
});
