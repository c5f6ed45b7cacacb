/**
 * The names of the files in an identity's and a CA's directory.
 */
#ifndef KEYS_NAMES_H
#define KEYS_NAMES_H

#define FILE_CA "ca.pem"     /* both: the certificates that are believed */
#define FILE_CRL "crl.pem"   /* both: what they revoked; optional */
#define FILE_CERT "cert.pem" /* identity */
#define FILE_KEY "key.pem"   /* identity, secret */
#define FILE_CA_KEY "ca.key" /* CA, secret */

#endif
