let made = 0;

/** A block name that no other test of this process uses. */
export function freshName(): string {
  made += 1;
  return `block-${process.pid}-${made}`;
}
