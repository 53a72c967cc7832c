import type { Problem } from '../../../../shared/problem.ts';

export type SqlValue = string | number | null | Uint8Array;
/** As the driver gives it: parsed by whoever reads it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** In what the two kinds of database differ, where a statement has to say it. */
export interface SqlDialect {
  readonly name: 'mysql' | 'sqlite';
  /** Ends an INSERT: a row whose unique value is there already is left as it is. Other errors stay errors. */
  keepFirst(uniqueColumn: string): string;
}

/** Statements, one after the other. Values are never part of the text. */
export interface SqlSession {
  readonly dialect: SqlDialect;
  rows(statement: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Answers how many rows it changed. */
  change(statement: string, values?: readonly SqlValue[]): Promise<number>;
}

export interface SqlConnection extends SqlSession {
  /** Changes tables, which takes as long as they are large. */
  changeTables(statement: string): Promise<void>;
  hasTable(table: string): Promise<boolean>;
  hasColumn(table: string, column: string): Promise<boolean>;
  hasIndex(table: string, index: string): Promise<boolean>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Whether it is over, so that another one has to be made. */
  isLost(): boolean;
  /** Ends it, also in the midst of a statement. Never throws. */
  end(): Promise<void>;
}

/** One database, as it can be reached. */
export interface SqlDatabase {
  readonly description: string;
  readonly notes: readonly string[];
  /** Of a flush. */
  readonly rowsInTransaction: number;
  /** `undefined` where there is none yet and none is to be made. */
  connect(): Promise<SqlConnection | undefined>;
  /** What a driver's error means to an operator; `undefined` for what is a bug. */
  problemOf(error: unknown): Problem | undefined;
  /** Two transactions were in each other's way, and this one may be tried again. */
  isPassing(error: unknown): boolean;
  /** A row, column or index that should be made is there already: somebody else was quicker. */
  isAlreadyThere(error: unknown): boolean;
}
