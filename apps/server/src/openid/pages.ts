import { chooseLanguage, type ThemeLanguage, tagsByQuality } from '@keywarden/domain';
import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * The few pages that the OpenID provider itself must show; without style or script, so that any policy allows them. In the
 * language that the request asks for (OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2, `ui_locales`), else in one that
 * the browser says.
 */
export function errorPage(
  ctx: KoaContextWithOIDC,
  error: { readonly error: string; readonly error_description?: string | undefined },
): string {
  const language = languageOf(ctx);
  const { title, happened, todo } = words[language].error;
  return page(
    language,
    title,
    `<p>${happened}</p>
<p>${todo}</p>
<p lang="en"><code>${escapeHtml(error.error)}</code> ${escapeHtml(error.error_description ?? '')}</p>`,
  );
}

/** @param form the provider's own form element, `op.logoutForm` */
export function signOutPage(ctx: KoaContextWithOIDC, form: string): string {
  const language = languageOf(ctx);
  const { title, now, signOut, stay } = words[language].signOut;
  return page(
    language,
    title,
    `${form}
<p>${now}</p>
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>${signOut}</button>
<button type="submit" form="op.logoutForm">${stay}</button>`,
  );
}

export function signedOutPage(ctx: KoaContextWithOIDC): string {
  const language = languageOf(ctx);
  const { title, todo } = words[language].signedOut;
  return page(language, title, `<p>${todo}</p>`);
}

interface PageWords {
  readonly error: { readonly title: string; readonly happened: string; readonly todo: string };
  readonly signOut: {
    readonly title: string;
    readonly now: string;
    readonly signOut: string;
    readonly stay: string;
  };
  readonly signedOut: { readonly title: string; readonly todo: string };
}

const words: Readonly<Record<ThemeLanguage, PageWords>> = {
  en: {
    error: {
      title: 'This sign-in cannot go on',
      happened:
        'The application that sent you here asked for something that is not allowed. Nothing was changed.',
      todo: 'Go back to the application and start again. If that does not help, tell its support this:',
    },
    signOut: {
      title: 'Sign out?',
      now: 'You are signed in here.',
      signOut: 'Sign out',
      stay: 'Stay signed in',
    },
    signedOut: { title: 'You are signed out', todo: 'You can close this window.' },
  },
  de: {
    error: {
      title: 'Diese Anmeldung kann nicht weitergehen',
      happened:
        'Die Anwendung, von der Sie kommen, hat um etwas gebeten, das nicht erlaubt ist. Es wurde nichts geändert.',
      todo: 'Gehen Sie zurück zur Anwendung und beginnen Sie von vorn. Hilft das nicht, nennen Sie deren Support dies:',
    },
    signOut: {
      title: 'Abmelden?',
      now: 'Sie sind hier angemeldet.',
      signOut: 'Abmelden',
      stay: 'Angemeldet bleiben',
    },
    signedOut: { title: 'Sie sind abgemeldet', todo: 'Sie können dieses Fenster schließen.' },
  },
  fr: {
    error: {
      title: 'Cette connexion ne peut pas continuer',
      happened:
        'L’application d’où vous venez a demandé quelque chose qui n’est pas autorisé. Rien n’a été modifié.',
      todo: 'Revenez à l’application et recommencez. Si cela n’aide pas, communiquez ceci à son assistance :',
    },
    signOut: {
      title: 'Se déconnecter ?',
      now: 'Vous êtes connecté ici.',
      signOut: 'Se déconnecter',
      stay: 'Rester connecté',
    },
    signedOut: { title: 'Vous êtes déconnecté', todo: 'Vous pouvez fermer cette fenêtre.' },
  },
  es: {
    error: {
      title: 'Este inicio de sesión no puede continuar',
      happened: 'La aplicación que le envió aquí pidió algo que no está permitido. No se ha cambiado nada.',
      todo: 'Vuelva a la aplicación y empiece de nuevo. Si eso no ayuda, diga esto a su servicio de asistencia:',
    },
    signOut: {
      title: '¿Cerrar la sesión?',
      now: 'Tiene una sesión abierta aquí.',
      signOut: 'Cerrar la sesión',
      stay: 'Mantener la sesión',
    },
    signedOut: { title: 'Ha cerrado la sesión', todo: 'Puede cerrar esta ventana.' },
  },
};

/** `ui_locales` of the request object counts, too, where the provider got as far as reading it. */
function languageOf(ctx: KoaContextWithOIDC): ThemeLanguage {
  const read: unknown = ctx.oidc?.params?.['ui_locales'];
  const asked = [read, ctx.query['ui_locales']].find((value) => typeof value === 'string' && value !== '');
  const tags = typeof asked === 'string' ? asked.slice(0, 256).split(' ') : [];
  return chooseLanguage([...tags, ...tagsByQuality(ctx.get('accept-language'))]) ?? 'en';
}

function page(language: ThemeLanguage, title: string, content: string): string {
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title></head>
<body><main><h1>${title}</h1>
${content}
</main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
