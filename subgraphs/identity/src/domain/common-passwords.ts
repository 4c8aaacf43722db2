/**
 * The passwords that are tried first and are long enough to be taken, folded. Digits at the end are looked past, so
 * that "password2026" is as common as "password".
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  0123456789 01234567890 1234567890 12345678910 123456789012 1234567891 1234512345 1234554321 0987654321 9876543210
  9876543210a a123456789 a1234567890 aa123456789 abc123456789 abcd123456 abcde12345 abcdef1234 abcdefghij abcdefghijk
  1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc q1w2e3r4t5 q1w2e3r4t5y6 qwerty qwerty1234 qwertyuiop qwertyuiop123
  qwertyuiopasdfghjkl qwertzuiop azertyuiop asdfghjkl asdfghjkl123 asdfasdfasdf zxcvbnm zxcvbnmasdfghjkl zaq12wsxcde3
  password passwords passw0rd p4ssw0rd pa55word passwort kennwort motdepasse contrasena contraseña senha parola hasloo
  passwordpassword password1password mypassword newpassword defaultpassword changeme changemenow changeit letmein
  letmeinnow letmeinplease welcome welcometo welcomeback administrator adminadmin adminadminadmin superadmin superuser
  administration rootroot rootrootroot useruser testtest testtesttest testpassword temppassword temporary
  iloveyou iloveyouforever iloveyousomuch iloveyoubaby loveyou forever sunshine princess football baseball basketball
  superman batman starwars pokemon liverpool manchester manchesterunited barcelona realmadrid juventus chelsea arsenal
  michael jennifer jessica charlotte elizabeth christopher alexander alexandra nicholas samantha stephanie
  dragon monkey shadow master computer internet samsung whatever trustno trustnoone qazwsxedc qazwsxedcrfv
  mustang ferrari mercedes harleydavidson metallica nirvana
  pointofsale tillgraph cashregister cashier managermanager ownerowner shopshopshop storestore
  correcthorsebatterystaple thequickbrownfox
  `
    .trim()
    .split(/\s+/),
)
