/** What a deploy of one kind says, where that is not the same for every kind. */
export interface DeployWords {
  /** The command that shows how the nodes are. */
  readonly look: string;
  /** The command that installs what `$needed` of the node's program names. */
  readonly install: string;
  /** What a node does while the new files come: `puts the files in place and …`. */
  readonly applying: string;
  /** Of programs: what may have failed when a node could not take the new files. */
  readonly mayFail: string;
  /** Before what of a boot it takes back: `its network came up`. */
  readonly beforeAtBoot: string;
  /** What `restore_live` brings back: `links`. */
  readonly live: string;
}
