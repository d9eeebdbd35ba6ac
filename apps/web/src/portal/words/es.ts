import type { Words } from './en.ts';

export const es: Words = {
  title: 'Iniciar sesión',
  titleTo: (client) => `Iniciar sesión en ${client}`,
  titleAccount: 'Iniciar sesión en su cuenta',
  loading: 'Cargando',
  username: 'Nombre de usuario',
  continue: 'Continuar',
  usePasskey: 'Iniciar sesión con una clave de acceso',
  or: 'o',
  usePassword: 'Usar su contraseña',
  useApp: 'Usar un código de su aplicación',
  useMail: 'Recibir un código por correo',
  password: 'Contraseña',
  showPassword: 'Mostrar la contraseña',
  hidePassword: 'Ocultar la contraseña',
  signIn: 'Iniciar sesión',
  as: (username) => `Inicio de sesión como ${username}`,
  change: 'Cambiar',
  usernameMissing: 'Escriba su nombre de usuario.',
  passwordMissing: 'Escriba su contraseña.',
  waiting: 'Siga lo que pide su navegador',
  second: 'Un paso más',
  secondNow: 'Su organización pide una segunda prueba.',
  back: 'Volver',
  tryAgain: 'Intentar de nuevo',
  noWay: 'En este navegador no queda ninguna forma de iniciar sesión.',
  code: {
    title: 'Código de un solo uso',
    label: 'Código',
    fromApp: 'Abra su aplicación de autenticación y escriba el código que muestra.',
    fromMail:
      'Si se conoce una dirección de correo para este nombre de usuario, se ha enviado un código a ella.',
    missing: 'Escriba el código.',
    again: 'Enviar otro código',
    againIn: (seconds) => `Enviar otro código en ${seconds} s`,
    sent: 'Se ha enviado otro código.',
  },
  newPassword: {
    title: 'Elegir una contraseña nueva',
    lead: 'Su contraseña es provisional y no la conoce solo usted. Elija una que solo usted conozca.',
    label: 'Contraseña nueva',
    atLeast: (count) =>
      `Al menos ${count} caracteres. Unas cuantas palabras seguidas son largas y fáciles de recordar.`,
    button: 'Guardar la contraseña',
    missing: 'Escriba una contraseña nueva.',
  },
  consent: {
    title: (client) => `${client} pide acceso`,
    now: 'La aplicación quiere:',
    allow: 'Permitir',
    deny: 'No permitir',
  },
  add: {
    link: 'Añadir una clave de acceso',
    description:
      'La próxima vez iniciará sesión más rápido, con su llave de seguridad, su teléfono o este dispositivo.',
    title: 'Añadir una clave de acceso',
    protect: 'Confirme primero que es usted.',
    code: 'Escriba el código de registro que le dio su servicio de asistencia. Sirve una sola vez.',
    useCode: 'Usar un código de registro de su asistencia',
    codeLabel: 'Código de registro',
    make: 'Su navegador preguntará dónde guardarla: en este dispositivo, en su teléfono o en una llave de seguridad.',
    makeButton: 'Crear la clave de acceso',
    doneTitle: 'Clave de acceso añadida',
    done: 'Desde ahora puede iniciar sesión con ella.',
    offerTitle: '¿Iniciar sesión más rápido la próxima vez?',
    notNow: 'Ahora no',
  },
  leaving: (client) => `Volviendo a ${client}`,
  footer: 'Keywarden',
  language: 'Idioma',
  faults: {
    'request-missing': {
      happened: 'Esta página no se puede abrir por sí sola.',
      do: 'Abra la aplicación en la que quiere iniciar sesión y empiece allí.',
    },
    'request-over': {
      happened: 'Este inicio de sesión ha caducado.',
      do: 'Vuelva a la aplicación y empiece de nuevo.',
    },
    'retries-exhausted': {
      happened: 'Hubo demasiados intentos fallidos.',
      do: 'Vuelva a la aplicación y empiece de nuevo.',
    },
    'password-wrong': {
      happened: 'El nombre de usuario o la contraseña no es correcto.',
      do: 'Compruebe ambos e inténtelo de nuevo.',
    },
    'code-wrong': {
      happened: 'Este código no es correcto o ya no es válido.',
      do: 'Escriba el más reciente. Cada uno sirve una vez y por poco tiempo.',
    },
    'enrollment-code-wrong': {
      happened: 'Este código de registro no es correcto, ya se usó o ha caducado.',
      do: 'Compruébelo o pida uno nuevo a su servicio de asistencia.',
    },
    'code-sends-exhausted': {
      happened: 'Por ahora no se envían más códigos.',
      do: 'Escriba el más reciente, use otra forma o espere un poco.',
    },
    'way-not-enough': {
      happened: 'La aplicación pide una forma de iniciar sesión que usted aún no tiene.',
      do: 'Añada primero una clave de acceso o pregunte a su servicio de asistencia.',
    },
    'passkey-refused': {
      happened: 'Esta clave de acceso no se acepta aquí.',
      do: 'Use otra clave de acceso u otra forma de iniciar sesión.',
    },
    'passkey-not-allowed': {
      happened: 'Su organización no permite este tipo de clave de acceso. No se ha añadido nada.',
      do: 'Use otra llave de seguridad u otro dispositivo, o pregunte a su servicio de asistencia cuáles se permiten.',
    },
    'passkey-known': {
      happened: 'Esta clave de acceso ya está registrada.',
      do: 'Inicie sesión con ella o añada una en otro dispositivo.',
    },
    'authenticator-disabled': {
      happened: 'Esta forma de iniciar sesión está bloqueada por ahora.',
      do: 'Use otra, inténtelo más tarde o pregunte a su servicio de asistencia.',
    },
    'not-permitted': {
      happened: 'Eso no está permitido ahora.',
      do: 'Confirme que es usted e inténtelo de nuevo.',
    },
    'too-many-requests': {
      happened: 'Hubo demasiados intentos en poco tiempo.',
      do: 'Espere un minuto e inténtelo de nuevo.',
    },
    'server-unreachable': {
      happened: 'No se puede llegar al servidor.',
      do: 'Compruebe su conexión e inténtelo de nuevo.',
    },
    'server-failed': {
      happened: 'El servidor no pudo terminarlo.',
      do: 'Inténtelo de nuevo en un momento. Si se repite, pregunte a su servicio de asistencia.',
    },
    'passkey-cancelled': {
      happened:
        'No se creó ninguna clave de acceso: se canceló, o ningún dispositivo de aquí puede crear una como se pide.',
      do: 'Inténtelo de nuevo cuando quiera, con otro dispositivo o llave si hace falta, o déjelo para otra ocasión.',
    },
    'passkey-none-used': {
      happened: 'No se usó ninguna clave de acceso: se canceló, o no se encontró ninguna para esta cuenta.',
      do: 'Inténtelo con el dispositivo o la llave que la tiene, o use otra forma de iniciar sesión.',
    },
    'passkey-timed-out': {
      happened: 'Tardó demasiado y la petición terminó.',
      do: 'Tenga a mano su llave o su teléfono e inténtelo de nuevo.',
    },
    'passkey-aborted': {
      happened: 'Su navegador se detuvo antes de que la clave de acceso pudiera responder.',
      do: 'Cierre otras ventanas que pidan una clave de acceso e inténtelo de nuevo.',
    },
    'passkey-on-this-device': {
      happened: 'Este dispositivo o esta llave ya tiene una clave de acceso suya. No se ha añadido nada.',
      do: 'Inicie sesión con ella, o use otro dispositivo u otra llave.',
    },
    'passkey-wrong-address': {
      happened: 'Las claves de acceso no funcionan en la dirección de esta página.',
      do: 'Ábrala en su dirección habitual. Si llegó por un enlace, pregunte a su servicio de asistencia.',
    },
    'passkey-unsupported': {
      happened: 'Este dispositivo o esta llave no puede hacer lo que se necesita aquí.',
      do: 'Use otro, o configure antes en él un PIN o una huella.',
    },
    'passkey-insecure': {
      happened: 'Aquí no se pueden usar claves de acceso: la conexión con esta página no es segura.',
      do: 'Abra la página con una dirección que empiece por https, o use otra forma de iniciar sesión.',
    },
    'passkey-browser': {
      happened: 'Este navegador no puede usar claves de acceso.',
      do: 'Actualícelo, abra esta página en otro navegador o use otra forma de iniciar sesión.',
    },
    'passkey-failed': {
      happened: 'No se pudo usar la clave de acceso.',
      do: 'Inténtelo de nuevo o use otra forma.',
    },
    'account-ended': {
      happened: 'Ha salido: su sesión ha terminado.',
      do: 'Inicie sesión de nuevo.',
    },
    'account-sign-in-failed': {
      happened: 'Ese inicio de sesión ha terminado, ya se usó o empezó en otro navegador.',
      do: 'Inicie sesión de nuevo, aquí.',
    },
    'account-changed': {
      happened: 'Lo que veía ha cambiado entretanto.',
      do: 'Mire la lista de nuevo.',
    },
    'app-code-wrong': {
      happened: 'Este no es el código que la aplicación debería mostrar ahora. Aún no está en uso.',
      do: 'Compruebe que su teléfono pone la hora por sí mismo y escriba el código siguiente.',
    },
    'app-over': {
      happened: 'Esta aplicación esperó demasiado su primer código, o se quitó.',
      do: 'Empiece de nuevo.',
    },
    'apps-not-offered': {
      happened: 'Ahora no se puede añadir ninguna aplicación de autenticación.',
      do: 'Quite una que no use o pregunte a su servicio de asistencia.',
    },
    'password-too-short': {
      happened: 'Esta contraseña es demasiado corta.',
      do: 'Use una más larga; unas cuantas palabras seguidas son fáciles de recordar.',
    },
    'password-too-long': {
      happened: 'Esta contraseña es demasiado larga.',
      do: 'Use una de 256 caracteres como máximo.',
    },
    'password-repetitive': {
      happened: 'Esta contraseña repite una y otra vez los mismos caracteres.',
      do: 'Use una más variada.',
    },
    'password-about-you': {
      happened: 'Sin su nombre y su dirección, de esta contraseña queda poco.',
      do: 'Use una que no tenga nada que ver con usted.',
    },
    'password-common': {
      happened: 'Es una de las contraseñas que todo el mundo prueba primero.',
      do: 'Use una que no tenga nadie más.',
    },
    'password-breached': {
      happened:
        'Esta contraseña se robó alguna vez en otro sitio, y desde entonces se prueba en todas partes.',
      do: 'Use una que no utilice en ningún otro lugar. Donde utilice esta, cámbiela también.',
    },
    'password-same': {
      happened: 'Es la contraseña que hay que sustituir.',
      do: 'Elija otra.',
    },
    'current-password-wrong': {
      happened: 'Esta no es su contraseña actual. No se ha cambiado nada.',
      do: 'Inténtelo de nuevo, o inicie sesión otra vez con una clave de acceso: entonces no hace falta.',
    },
    'name-not-good': {
      happened: 'Ese nombre no sirve. No se ha cambiado nada.',
      do: 'Elija uno de 1 a 100 caracteres.',
    },
  },
};
