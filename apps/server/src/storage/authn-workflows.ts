import {
  arrangeWorkflow,
  completeWorkflow,
  type StoredWorkflow,
  type WorkflowTable,
} from '@keywarden/domain';
import { readCursor, toPage } from './paging.ts';
import { statement, type TenantSession } from './session.ts';

interface HeadRow {
  version: number;
  created_at: Date;
  created_by: string;
  note: string;
}
interface WorkflowRow extends HeadRow {
  document: unknown;
}

const columns = 'version, document, created_at, created_by, note';
const current = statement<WorkflowRow>(
  'workflow.current',
  `SELECT ${columns} FROM workflows ORDER BY version DESC LIMIT 1`,
);
const get = statement<WorkflowRow>('workflow.get', `SELECT ${columns} FROM workflows WHERE version = $1`);
const list = statement<HeadRow>(
  'workflow.list',
  'SELECT version, created_at, created_by, note FROM workflows WHERE version < $1 ORDER BY version DESC LIMIT $2',
);
const total = statement<{ total: number }>('workflow.total', 'SELECT count(*) AS total FROM workflows');
const insert = statement(
  'workflow.insert',
  `INSERT INTO workflows (version, document, created_at, created_by, note)
   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
);

/** Above every version: PostgreSQL's largest integer. */
const newest = 2_147_483_647;

export function workflowTable(session: TenantSession): WorkflowTable {
  return {
    async current() {
      const row = await session.row(current);
      return row && read(row);
    },
    async get(version) {
      const row = await session.row(get, [version]);
      return row && read(row);
    },
    async list(page) {
      const cursor = readCursor(page, 1);
      const before = Number(cursor?.[0] ?? newest);
      const rows = await session.rows(list, [Number.isInteger(before) ? before : newest, page.limit + 1]);
      const count = await session.row(total);
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [String(row.version)],
        read: readHead,
      });
    },
    async insert({ version, document, at, by, note }) {
      return (await session.run(insert, [version, JSON.stringify(document), at, by, note])) === 1;
    },
  };
}

function readHead({ version, created_at, created_by, note }: HeadRow) {
  return { version, createdAt: created_at, createdBy: created_by, note };
}

function read(row: WorkflowRow): StoredWorkflow {
  return { ...readHead(row), document: arrangeWorkflow(completeWorkflow(row.document)) };
}
