import '../ui/mantine.css';
import '../ui/ui.css';
import './console.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { ApiError } from '../client/error.ts';
import type { Http } from '../client/request.ts';
import { createI18n } from '../i18n/index.ts';
import { theme, variables } from '../ui/theme.ts';
import { diagnose, localNetworkPermission } from '../workstation/diagnose.ts';
import { WorkstationLink } from '../workstation/link.ts';
import { Notices } from './notices.tsx';
import { createConsoleRouter } from './router.tsx';
import { type Surroundings, SurroundingsProvider } from './surroundings.tsx';

const http: Http = { fetch: (...request) => fetch(...request), timeoutMilliseconds: 20_000 };

function createSurroundings(): Surroundings {
  const links = new Map<string, WorkstationLink>();
  return {
    http,
    linkFor: (session, management) => {
      const { issuer, workstationUrl } = session;
      const known = links.get(issuer);
      if (known !== undefined) return known;
      const link = new WorkstationLink({
        issuer,
        workstationUrl,
        management,
        openSocket: (url) => new WebSocket(url),
        diagnose: () => diagnose(workstationUrl, { fetch: http.fetch, localNetworkPermission }),
      });
      links.set(issuer, link);
      return link;
    },
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    uuid: () => crypto.randomUUID(),
  };
}

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => error instanceof ApiError && error.passing && failures < 2,
        retryDelay: (failures) => 500 * 2 ** failures,
      },
      mutations: { retry: false },
    },
  });
}

async function start(root: HTMLElement): Promise<void> {
  const i18n = await createI18n();
  const surroundings = createSurroundings();
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={i18n}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={variables}
          defaultColorScheme="auto"
          colorSchemeManager={localStorageColorSchemeManager({ key: 'keywarden.colours' })}
        >
          <QueryClientProvider client={createQueries()}>
            <SurroundingsProvider value={surroundings}>
              <RouterProvider router={createConsoleRouter()} />
            </SurroundingsProvider>
          </QueryClientProvider>
          <Notices />
        </MantineProvider>
      </I18nextProvider>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root !== null) void start(root);
