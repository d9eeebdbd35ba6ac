import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { AssignPage } from './assign/assign-page.tsx';
import { EventsPage } from './events-page.tsx';
import { KeysPage } from './keys/keys-page.tsx';
import { CrashPage, NotFoundPage } from './lost-pages.tsx';
import { PoliciesPage } from './policies/policies-page.tsx';
import { PolicyPage } from './policies/policy-page.tsx';
import { Shell } from './shell.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { UsersPage } from './users-page.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage });

/** The tenant is the one that the operator is signed in to. */
const assign = createRoute({
  getParentRoute: () => root,
  path: '/assign-user/$',
  component: () => (
    <Shell tenant={null} navigation={false}>
      <AssignPage />
    </Shell>
  ),
});

const assignInTenant = createRoute({
  getParentRoute: () => root,
  path: '/$tenant/assign-user/$',
  component: function AssignInTenant() {
    const { tenant } = assignInTenant.useParams();
    return (
      <Shell tenant={tenant} navigation={false}>
        <AssignPage />
      </Shell>
    );
  },
});

const consoleRoot = createRoute({
  getParentRoute: () => root,
  path: '/$tenant/console',
  component: function Console() {
    const { tenant } = consoleRoot.useParams();
    return (
      <Shell tenant={tenant} navigation={true}>
        <Outlet />
      </Shell>
    );
  },
});

const start = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/$tenant/console/keys', params, replace: true });
  },
});

/** Search words and filters stand in the address: a table can be bookmarked and sent to somebody. */
interface TableSearch {
  readonly query?: string | undefined;
  readonly status?: string | undefined;
}
function tableSearch(search: Record<string, unknown>): TableSearch {
  const { query, status } = search;
  return {
    ...(typeof query === 'string' && query !== '' ? { query } : {}),
    ...(typeof status === 'string' && status !== '' ? { status } : {}),
  };
}

const keys = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/keys',
  validateSearch: tableSearch,
  component: KeysPage,
});
const policies = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/policies',
  component: PoliciesPage,
});
const newPolicy = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/policies/new',
  component: () => <PolicyPage policyId={null} />,
});
const policy = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/policies/$policyId',
  component: function EditPolicy() {
    const { policyId } = policy.useParams();
    return <PolicyPage policyId={policyId} />;
  },
});
const users = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/users',
  validateSearch: tableSearch,
  component: UsersPage,
});
const person = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/users/$userId',
  component: lazyRouteComponent(() => import('./people/person-page.tsx'), 'PersonPage'),
});
const groups = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/groups',
  validateSearch: tableSearch,
  component: lazyRouteComponent(() => import('./groups/groups-page.tsx'), 'GroupsPage'),
});
const group = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/groups/$groupId',
  component: lazyRouteComponent(() => import('./groups/group-page.tsx'), 'GroupPage'),
});
const operators = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/operators',
  validateSearch: tableSearch,
  component: lazyRouteComponent(() => import('./operators/operators-page.tsx'), 'OperatorsPage'),
});
const clients = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/clients',
  component: lazyRouteComponent(() => import('./clients/clients-page.tsx'), 'ClientsPage'),
});
const workstations = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/workstations',
  component: lazyRouteComponent(() => import('./workstations/workstations-page.tsx'), 'WorkstationsPage'),
});
const provisioning = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/provisioning',
  component: lazyRouteComponent(() => import('./provisioning/provisioning-page.tsx'), 'ProvisioningPage'),
});
const settings = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
});
const events = createRoute({ getParentRoute: () => consoleRoot, path: '/events', component: EventsPage });
/** The editors are fetched when they are opened: whoever assigns keys never needs them. */
const workflow = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/workflow',
  component: lazyRouteComponent(() => import('./workflow/workflow-page.tsx'), 'WorkflowPage'),
});
const themes = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/themes',
  component: lazyRouteComponent(() => import('./themes/themes-page.tsx'), 'ThemesPage'),
});
const theme = createRoute({
  getParentRoute: () => consoleRoot,
  path: '/themes/$themeId',
  component: lazyRouteComponent(() => import('./themes/theme-page.tsx'), 'ThemePage'),
});

const tree = root.addChildren([
  signIn,
  assign,
  assignInTenant,
  consoleRoot.addChildren([
    start,
    keys,
    policies,
    newPolicy,
    policy,
    users,
    person,
    groups,
    group,
    operators,
    workstations,
    clients,
    provisioning,
    settings,
    workflow,
    themes,
    theme,
    events,
  ]),
]);

export function createConsoleRouter() {
  return createRouter({
    routeTree: tree,
    defaultPreload: false,
    scrollRestoration: true,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
