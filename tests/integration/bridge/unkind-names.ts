/** Names of folders that mean something to systemd: specifiers, quotes, escapes, variables, ends of words and comments. */
export const unkindNames = [
  'with space',
  '100% %h',
  `it's "quoted"`,
  String.raw`back\slash \x41`,
  '$HOME ${HOME}',
  'ä;#=,',
];
