// What the server's words about a constraint violation name. They are for people, so whatever is not understood is
// left out. As ovsdb-server 3.1 puts it (ovsdb/transaction.c, ovsdb/execution.c).

export interface Constraint {
  readonly table: string | undefined;
  /** None if the server names none. */
  readonly columns: readonly string[];
}

const index =
  /^Transaction causes multiple rows in "(\w+)" table .* for index on columns? ((?:"\w+"(?:, and |, | and )?)+)\. {2}First row/s;
const rowLimit = /^transaction causes "(\w+)" table to contain/;
const reference = /^Table (\w+) column (\w+) row/;
const referred = /^cannot delete (\w+) row/;
const immutable = /^Cannot update immutable column (\w+) in table (\w+)/;

/** @param table of the operation at fault, if it was one */
export function parseConstraint(details: string, table: string | undefined): Constraint {
  const ofIndex = index.exec(details);
  if (ofIndex)
    return { table: ofIndex[1], columns: Array.from((ofIndex[2] ?? '').matchAll(/"(\w+)"/g), match => match[1] ?? '') };
  const ofReference = reference.exec(details);
  if (ofReference) return { table: ofReference[1], columns: [ofReference[2] ?? ''] };
  const ofImmutable = immutable.exec(details);
  if (ofImmutable) return { table: ofImmutable[2], columns: [ofImmutable[1] ?? ''] };
  const ofTable = rowLimit.exec(details) ?? referred.exec(details);
  return { table: ofTable?.[1] ?? table, columns: [] };
}
