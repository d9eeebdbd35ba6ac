import type { Words } from './en.ts';

export const fr: Words = {
  title: 'Connexion',
  titleTo: (client) => `Se connecter à ${client}`,
  titleAccount: 'Se connecter à votre compte',
  loading: 'Chargement',
  username: 'Identifiant',
  continue: 'Continuer',
  usePasskey: 'Se connecter avec une clé d’accès',
  or: 'ou',
  usePassword: 'Utiliser votre mot de passe',
  useApp: 'Utiliser un code de votre application',
  useMail: 'Recevoir un code par e-mail',
  password: 'Mot de passe',
  showPassword: 'Afficher le mot de passe',
  hidePassword: 'Masquer le mot de passe',
  signIn: 'Se connecter',
  as: (username) => `Connexion en tant que ${username}`,
  change: 'Changer',
  usernameMissing: 'Saisissez votre identifiant.',
  passwordMissing: 'Saisissez votre mot de passe.',
  waiting: 'Suivez ce que demande votre navigateur',
  second: 'Encore une étape',
  secondNow: 'Votre organisation demande une seconde preuve.',
  back: 'Retour',
  tryAgain: 'Réessayer',
  noWay: 'Aucun moyen de se connecter ne reste dans ce navigateur.',
  code: {
    title: 'Code à usage unique',
    label: 'Code',
    fromApp: 'Ouvrez votre application d’authentification et saisissez le code qu’elle affiche.',
    fromMail: 'Si une adresse e-mail est connue pour cet identifiant, un code y a été envoyé.',
    missing: 'Saisissez le code.',
    again: 'Envoyer un autre code',
    againIn: (seconds) => `Envoyer un autre code dans ${seconds} s`,
    sent: 'Un autre code a été envoyé.',
  },
  newPassword: {
    title: 'Choisir un nouveau mot de passe',
    lead: 'Votre mot de passe est provisoire, et vous n’êtes pas seul à le connaître. Choisissez-en un que vous seul connaissez.',
    label: 'Nouveau mot de passe',
    atLeast: (count) =>
      `Au moins ${count} caractères. Quelques mots à la suite sont longs et faciles à retenir.`,
    button: 'Enregistrer le mot de passe',
    missing: 'Saisissez un nouveau mot de passe.',
  },
  consent: {
    title: (client) => `${client} demande un accès`,
    now: 'L’application souhaite :',
    allow: 'Autoriser',
    deny: 'Ne pas autoriser',
  },
  add: {
    link: 'Ajouter une clé d’accès',
    description:
      'Connectez-vous plus vite la prochaine fois, avec votre clé de sécurité, votre téléphone ou cet appareil.',
    title: 'Ajouter une clé d’accès',
    protect: 'Confirmez d’abord que c’est bien vous.',
    code: 'Saisissez le code d’enregistrement que votre assistance vous a donné. Il ne sert qu’une fois.',
    useCode: 'Utiliser un code d’enregistrement de l’assistance',
    codeLabel: 'Code d’enregistrement',
    make: 'Votre navigateur demandera où la garder : sur cet appareil, sur votre téléphone ou sur une clé de sécurité.',
    makeButton: 'Créer la clé d’accès',
    doneTitle: 'Clé d’accès ajoutée',
    done: 'Vous pouvez désormais vous connecter avec elle.',
    offerTitle: 'Se connecter plus vite la prochaine fois ?',
    notNow: 'Pas maintenant',
  },
  leaving: (client) => `Retour à ${client}`,
  footer: 'Keywarden',
  language: 'Langue',
  faults: {
    'request-missing': {
      happened: 'Cette page ne peut pas être ouverte seule.',
      do: 'Ouvrez l’application à laquelle vous voulez vous connecter et commencez là.',
    },
    'request-over': {
      happened: 'Cette connexion a expiré.',
      do: 'Retournez à l’application et recommencez.',
    },
    'retries-exhausted': {
      happened: 'Il y a eu trop d’essais erronés.',
      do: 'Retournez à l’application et recommencez.',
    },
    'password-wrong': {
      happened: 'L’identifiant ou le mot de passe n’est pas correct.',
      do: 'Vérifiez les deux, puis réessayez.',
    },
    'code-wrong': {
      happened: 'Ce code n’est pas correct, ou n’est plus valable.',
      do: 'Saisissez le plus récent. Chacun sert une fois et peu de temps.',
    },
    'enrollment-code-wrong': {
      happened: 'Ce code d’enregistrement n’est pas correct, a déjà servi ou a expiré.',
      do: 'Vérifiez-le, ou demandez-en un nouveau à votre assistance.',
    },
    'code-sends-exhausted': {
      happened: 'Aucun autre code n’est envoyé pour le moment.',
      do: 'Saisissez le plus récent, prenez un autre moyen ou attendez un peu.',
    },
    'way-not-enough': {
      happened: 'L’application demande un moyen de se connecter que vous n’avez pas encore.',
      do: 'Ajoutez d’abord une clé d’accès, ou demandez à votre assistance.',
    },
    'passkey-refused': {
      happened: 'Cette clé d’accès n’est pas acceptée ici.',
      do: 'Utilisez une autre clé d’accès ou un autre moyen de vous connecter.',
    },
    'passkey-not-allowed': {
      happened: 'Votre organisation n’autorise pas ce type de clé d’accès. Rien n’a été ajouté.',
      do: 'Utilisez une autre clé de sécurité ou un autre appareil, ou demandez à votre assistance ce qui est autorisé.',
    },
    'passkey-known': {
      happened: 'Cette clé d’accès est déjà enregistrée.',
      do: 'Connectez-vous avec elle, ou ajoutez-en une sur un autre appareil.',
    },
    'authenticator-disabled': {
      happened: 'Ce moyen de se connecter est bloqué pour le moment.',
      do: 'Utilisez-en un autre, réessayez plus tard ou demandez à votre assistance.',
    },
    'not-permitted': {
      happened: 'Ce n’est pas permis maintenant.',
      do: 'Confirmez que c’est bien vous, puis réessayez.',
    },
    'too-many-requests': {
      happened: 'Il y a eu trop d’essais en peu de temps.',
      do: 'Attendez une minute, puis réessayez.',
    },
    'server-unreachable': {
      happened: 'Le serveur est injoignable.',
      do: 'Vérifiez votre connexion, puis réessayez.',
    },
    'server-failed': {
      happened: 'Le serveur n’a pas pu terminer.',
      do: 'Réessayez dans un instant. Si cela revient, demandez à votre assistance.',
    },
    'passkey-cancelled': {
      happened:
        'Aucune clé d’accès n’a été créée : c’était annulé, ou aucun appareil ici ne peut en créer une comme demandé.',
      do: 'Réessayez quand vous serez prêt, au besoin avec un autre appareil ou une autre clé, ou laissez cela pour une autre fois.',
    },
    'passkey-none-used': {
      happened: 'Aucune clé d’accès n’a servi : c’était annulé, ou aucune n’a été trouvée pour ce compte.',
      do: 'Réessayez avec l’appareil ou la clé qui la contient, ou prenez un autre moyen de vous connecter.',
    },
    'passkey-timed-out': {
      happened: 'Cela a duré trop longtemps et la demande a pris fin.',
      do: 'Préparez votre clé ou votre téléphone, puis réessayez.',
    },
    'passkey-aborted': {
      happened: 'Votre navigateur s’est arrêté avant que la clé d’accès puisse répondre.',
      do: 'Fermez les autres fenêtres qui demandent une clé d’accès, puis réessayez.',
    },
    'passkey-on-this-device': {
      happened: 'Cet appareil ou cette clé a déjà une clé d’accès pour vous. Rien n’a été ajouté.',
      do: 'Connectez-vous avec elle, ou prenez un autre appareil ou une autre clé.',
    },
    'passkey-wrong-address': {
      happened: 'Les clés d’accès ne fonctionnent pas à l’adresse de cette page.',
      do: 'Ouvrez-la à son adresse habituelle. Si un lien vous a amené ici, demandez à votre assistance.',
    },
    'passkey-unsupported': {
      happened: 'Cet appareil ou cette clé ne sait pas faire ce qui est nécessaire ici.',
      do: 'Prenez-en un autre, ou réglez-y d’abord un code PIN ou une empreinte.',
    },
    'passkey-insecure': {
      happened: 'Les clés d’accès ne fonctionnent pas ici : la connexion à cette page n’est pas sécurisée.',
      do: 'Ouvrez la page avec une adresse qui commence par https, ou prenez un autre moyen de vous connecter.',
    },
    'passkey-browser': {
      happened: 'Ce navigateur ne sait pas utiliser les clés d’accès.',
      do: 'Mettez-le à jour, ouvrez cette page dans un autre navigateur, ou prenez un autre moyen.',
    },
    'passkey-failed': {
      happened: 'La clé d’accès n’a pas pu servir.',
      do: 'Réessayez, ou prenez un autre moyen.',
    },
    'account-ended': {
      happened: 'Vous êtes déconnecté : votre session a pris fin.',
      do: 'Reconnectez-vous.',
    },
    'account-sign-in-failed': {
      happened: 'Cette connexion est terminée, a déjà servi ou a commencé dans un autre navigateur.',
      do: 'Reconnectez-vous ici.',
    },
    'account-changed': {
      happened: 'Ce que vous voyiez a changé entre-temps.',
      do: 'Regardez de nouveau la liste.',
    },
    'app-code-wrong': {
      happened:
        'Ce n’est pas le code que l’application devrait afficher maintenant. Elle n’est pas encore en service.',
      do: 'Vérifiez que votre téléphone règle son heure lui-même, puis saisissez le code suivant.',
    },
    'app-over': {
      happened: 'Cette application a attendu trop longtemps son premier code, ou a été supprimée.',
      do: 'Recommencez.',
    },
    'apps-not-offered': {
      happened: 'Aucune application d’authentification ne peut être ajoutée maintenant.',
      do: 'Supprimez-en une que vous n’utilisez pas, ou demandez à votre assistance.',
    },
    'password-too-short': {
      happened: 'Ce mot de passe est trop court.',
      do: 'Prenez-en un plus long ; quelques mots à la suite sont faciles à retenir.',
    },
    'password-too-long': {
      happened: 'Ce mot de passe est trop long.',
      do: 'Prenez-en un de 256 caractères au plus.',
    },
    'password-repetitive': {
      happened: 'Ce mot de passe répète toujours les mêmes caractères.',
      do: 'Prenez-en un plus varié.',
    },
    'password-about-you': {
      happened: 'Sans votre nom et votre adresse, il reste peu de ce mot de passe.',
      do: 'Prenez-en un qui n’a rien à voir avec vous.',
    },
    'password-common': {
      happened: 'C’est un des mots de passe que tout le monde essaie d’abord.',
      do: 'Prenez-en un que personne d’autre n’a.',
    },
    'password-breached': {
      happened: 'Ce mot de passe a déjà été volé sur un autre site, et il est essayé partout depuis.',
      do: 'Prenez-en un que vous n’utilisez nulle part ailleurs. Là où vous utilisez celui-ci, changez-le aussi.',
    },
    'password-same': {
      happened: 'C’est le mot de passe à remplacer.',
      do: 'Choisissez-en un autre.',
    },
    'current-password-wrong': {
      happened: 'Ce n’est pas votre mot de passe actuel. Rien n’a été changé.',
      do: 'Réessayez, ou reconnectez-vous avec une clé d’accès : il ne sera plus demandé.',
    },
    'name-not-good': {
      happened: 'Ce nom ne convient pas. Rien n’a été changé.',
      do: 'Choisissez-en un de 1 à 100 caractères.',
    },
  },
};
