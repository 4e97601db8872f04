/** Files that lie beside data and are none: checksums, notes, what a computer adds by itself. */
const BESIDE = /(?:^|\/)(?:__MACOSX\/|\.|README)|\.(?:md5|sha256|tmp|partial|lock)$/i;

/** @param name of a file or folder, or a path within an archive */
export function isBesideData(name: string): boolean {
  return BESIDE.test(name);
}
