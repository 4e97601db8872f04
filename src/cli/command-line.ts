/** The command as it was typed, for reports: `biogpt evaluate bc5cdr --model …`, quoted where a shell would need it. */
export function commandLine(args: readonly string[] = process.argv.slice(2)): string {
  return [
    "biogpt",
    ...args.map((arg) => (/^[\w./:=,@%+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)),
  ].join(" ");
}
