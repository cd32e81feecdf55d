const faults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'there is a folder of this name',
  EEXIST: 'there is a file of this name',
  EACCES: 'that is not permitted',
  EPERM: 'that is not permitted',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
}

/** What a code of the file system means, in words; the code itself where there are none. */
export function fileFault(code: string): string {
  return faults[code] ?? code
}
