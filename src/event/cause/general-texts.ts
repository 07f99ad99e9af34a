/**
 * Words of answers that any mail server may use, by cause. The first row that fits decides, so a group stands behind those whose words
 * are more precise: `domain not found` is about the recipient, unless the sender is named before it.
 *
 * Texts of servers as collected in sisimai/go-sisimai@ed142de, ActiveCampaign/smtp-field-manual@67831a2 and fm/smtp-codes@f506d34, and
 * read there on 2026-12-01.
 */
import { rows } from './pattern.ts'

// prettier-ignore
export const GENERAL = [
  // The ESP did not try.
  ...rows('unsubscribed', ['unsubscribed address', 'unsubscribed user', 'user who unsubscribed', 'reason: unsubscri']),
  ...rows('suppressed', [
    'suppression list', 'previously bounced', 'bounced address', 'spam reporting address', 'marked your messages as spam',
    'due to blacklist user', 'preblocked', 'duplicate in campaign', 'previously identified as undeliverable',
  ]),

  // Words that mean something else further below.
  ...rows('unreachable', [
    'inactivity timeout', 'session inactive', 'inactive connection', 'inactive session', 'connection * inactivity',
    'session * inactivity', 'mailbox server', 'temporarily unavailable', 'dns lookup failure', 'dmarc dns', 'host not found, try again',
    'temporary dns', 'insufficient disk space', 'too many hops', 'hop count', 'unverified address', 'verification in progress',
    'license expired', 'queue file write error', 'system full', 'host name lookup failure', 'name server reply',
  ]),
  ...rows('rate_limited', [
    'package quota', 'queue quota', 'sending quota', 'daily quota', 'message quota', 'relay quota', 'receiving limits', 'sending limit',
    'quota of the sen', 'sender * quota',
  ]),
  ...rows('rate_limited', ['greylist', 'graylist', 'grey list', 'grey-list', 'gray list'], 'greylist'),
  ...rows('reputation', [
    'too many invalid recipients', 'too many unknown', 'excessive userid', 'too many bad recipients', 'no valid recipients from',
    'sender address has been blacklisted', 'sender blacklisted', 'sender is in my black list', 'spams from your ip', 'blacklisted sender',
    'badmailfrom', 'client host rejected: access', 'outgoing mail suspen', 'sending from your', 'your domain has been',
    'from your domain', 'from your network', 'your isp ', 'newly registered', 'list of bad hosts', 'ask your postmaster for help',
    'bypassing', 'denyip',
  ]),
  ...rows('policy', [
    'blocked by this recipient', 'blocked by the recipient', 'rejected by recipient', 'refused due to recipient', 'user refuses',
    'user reject', 'due to user rules', 'recipient preferences', 'only accepting mail from', 'members-only', 'mailing list',
    'sender not pre-approved', 'is restricted', 'blocked senders', 'not allowed to post', 'restricted by policy',
    'list of senders to accept', 'sender not found in', 'sender was not found in', 'sender not on', 'external senders',
    'in our whitelist', 'in our allow', 'known to this recipient',
  ]),

  ...rows('content', ['link domain', 'link whose', 'url does not', 'url in your', 'the link', 'the url'], 'url'),
  ...rows('content', ['content restriction']),
  ...rows('malformed', [
    'boundary does not', 'boundary [', 'duplicate header', 'multiple * header', 'multiple addresses in', 'fields are not accepted',
    'not implemented', 'must precede', 'user agent', 'in header', 'record does not',
  ]),
  ...rows('no_mailbox', ['user * not listed in', 'registered gateway user']),

  // The sender's own address and domain: the words of a missing mailbox stand behind these.
  ...rows('authentication', [
    'sender does not exist', "sender doesn't exist", "sender's mailbox", "sender's account", 'of the sender', 'sending account',
    'sender mailbox', 'sender unknown', 'sender is unknown', 'unknown sender', 'sender not found', 'sender address does not',
    'sender address is not', 'sender address is invalid', 'sender address invalid', 'sender address not', 'sender rejected: account',
    'from address does not', 'from address is not', 'from address not', 'from address is invalid', 'invalid from address', 'user in from',
    'originator address', 'originator does', 'absender unbekannt', 'absenderadresse', 'absender existiert', 'expediteur inconnu',
    'expéditeur inconnu', 'remitente desconocido', 'remitente no existe', 'mittente sconosciuto', 'mittente inesistente',
    'mail from * mismatch', 'mailfrom failed',
  ]),
  ...rows('authentication', [
    'sender address rejected: domain', 'sender address rejected: need', 'domain of sender', 'sender domain', "sender's domain",
    'domain of the sender', 'domain in from', 'domain of from', 'name in return-path', 'your from', "your domain's",
    'domain in mail from', 'return-path domain', 'return path domain', 'your domain has no', 'your domain does not', 'sender verif',
    'verify sender', 'verify the sender', 'unroutable sender', 'unrouteable sender', 'purported', 'from: domain is invalid',
    'mx or a/aaaa', 'mail from domain * does not', 'mail from domain * not', 'bogus mail from', "sender's mx record",
    'sender address * domain', 'from domain * does not', 'envelope sender * domain', 'unresolvable rfc',
  ], 'sender_domain'),
  ...rows('authentication', ['either spf or dkim']),
  ...rows('authentication', ['dmarc'], 'dmarc'),
  ...rows('authentication', [
    ' spf ', '(spf)', 'spf)', 'spf fail', 'spf check', 'spf-check', 'spf record', 'spf polic', 'spf:', 'spf=', 'spf sender',
    'sender policy framework', 'openspf', 'spf.pobox', 'designated sender', "doesn't allow sending mails from",
  ], 'spf'),
  ...rows('authentication', ['dkim', 'domainkeys'], 'dkim'),
  ...rows('authentication', [
    'ptr record', 'no ptr', 'dns ptr', 'hostname does not', 'host name does not', 'ptr resource', ' ptr ', 'reverse dns', 'reverse-dns',
    'rdns', 'reverse lookup', 'reverse name', 'reverse hostname', 'find your hostname', 'find your reverse', 'ip name lookup failed',
    'resolve your address', 'reverse host', 'reverse record', 'hostname not found', 'unknown client host', 'denied - unknown host',
    'your ip has no', 'ip * does not resolve', 'unresolvable relay host', 'forward dns entry', 'mismatches client ip',
    'unverifyable sending', 'reverse mapping',
  ], 'ptr'),
  ...rows('authentication', [
    'helo command rejected', 'invalid helo', 'bad helo', 'helo name', 'helo/ehlo', 'ehlo/helo', 'helo argument', 'name in ehlo',
    'name in helo', 'helo host',
  ], 'helo'),
  ...rows('authentication', [
    'starttls', 'tls required', 'requires tls', 'tls is required', 'without tls', 'require encryption', 'requires encryption',
  ], 'tls'),
  ...rows('authentication', [
    'required authentication level', 'authentication requirements', 'authentication unsuccessful', 'your certificate', 'unauthenticated',
    'was not authenticated', 'authentication failed', 'not passed validation', 'spoof', 'failed authentication',
    'not allowed to send mail from', 'is not allowed to send from', 'mail from not owned',
  ]),

  // The recipient's domain.
  ...rows('no_domain', [
    'domain not found', 'domain name not found', 'domain does not exist', "domain doesn't exist", 'no such domain', 'unknown domain',
    'domain must exist', 'domain unknown', 'host unknown', 'unknown host', 'host not found', 'no such host',
    'name or service not known', 'no mx', 'null mx', 'nullmx', 'nxdomain', 'mx records point to non-existent', 'unrouteable',
    'unroutable', 'bad destination host', 'bad host', 'could not resolve host', 'dns records for the destination',
    'domain mentioned in email address is unknown', 'domain may not exist', 'illegal host', 'invalid domain', 'domain is invalid',
    'domain * does not exist', 'domain * not found', 'find a gateway', 'domain is not reachable', 'dead domain', 'no mail server',
    'no mail exchanger', 'mail exchanger for', 'domain does not accept mail', 'domain * has no',
    'domain is disabled', 'invalid host name', 'host name is unknown', 'find any host',
  ]),

  // The sender's record.
  ...rows('content', ['surbl', 'uribl', 'spam url', 'blacklisted url', 'url in message', 'url * listed', 'links within'], 'url'),
  ...rows('reputation', ['spamhaus', ' sbl.', ' zen.', ' pbl.', ' xbl.'], 'spamhaus'),
  ...rows('reputation', ['spamcop'], 'spamcop'),
  ...rows('reputation', ['barracudacentral', 'barracuda reputation'], 'barracuda'),
  ...rows('reputation', ['cloudmark'], 'cloudmark'),
  ...rows('reputation', ['prs.proofpoint', 'proofpoint dynamic reputation', 'ipcheck.proofpoint'], 'proofpoint'),
  ...rows('reputation', ['senderscore', 'sender score'], 'senderscore'),
  ...rows('reputation', ['sorbs'], 'sorbs'),
  ...rows('reputation', ['abuseat', 'uceprotect', 'invaluement', 'mailspike', 'abusix', 'spamrats', 'hostkarma']),
  ...rows('reputation', [
    'blacklist', 'black list', 'block list', 'blocklist', 'block-list', 'denylist', 'dnsbl', ' rbl', 'rbl ', '/rbl', 'orbs',
    'blocked using', 'is listed', 'listed in ', 'listed at ', 'listed by ', 'listed as ', 'reputation', 'your ip ', 'ip address * block',
    'ip address * reject', 'ip * blocked', 'blocked * ip', 'banned sending', 'bad sender ip', 'client host * blocked',
    'host * is blocked', 'network * block', 'mail server * blocked', 'blocked for spam', 'block for spam', 'blocked for abuse',
    'spamming', 'spammer', 'spam sender', 'sending spam', 'spam source', 'known spam', 'abusive', 'abus detecte', 'dynamic ip',
    'dynamic/', 'generic dns', 'dialup', 'dial-up', 'residential', 'open proxy', 'complaint', 'unsolicited mail originating',
    'rate of unsolicited', 'unexpected volume', 'not accepting mail from', 'not accept mail from', 'does not accept mail from',
    'server access', 'access from ip', 'host network not allowed', 'not allowed to connect', 'go away', 'service refused', 'poor email',
    'bad ip', 'sender ip', 'looks suspiciously like', 'your server requires confirmation', 'confirm this mail server',
    'may not be mail exchanger', 'use the smtp server of your isp', 'access to submit messages', 'extreme bad', 'network is temporar',
    'blocked - see', 'refused - see', 'was blocked by', 'multi-blacklist', 'invalid ip for', 'ip banned', 'ips blocked',
    'requires that you verify', 'too many bounces', 'suspicious activity', 'submit an unblock request', 'no access from mail server',
    'untrusted', 'bulk sender', 'is blocked by', 'mail from * refused',
  ]),

  // This message.
  ...rows('content', ['virus', 'malware', 'infected', 'trojan', ' worm'], 'virus'),
  ...rows('content', [
    'attachment', 'banned file', 'file type', 'executable', 'mime_banned', 'zip file', 'images or other',
  ], 'attachment'),
  ...rows('content', [
    'phish', 'spam', 'unsolicited', 'junk', 'bulk mail', 'bulk e-mail', 'bulk email', 'as bulk', 'mass mail', 'content reject',
    'content filter', 'content denied', 'content judged', 'banned content', 'mail content', 'message content', 'its content',
    'unacceptable content', 'nature of the content', 'content * block', 'content * reject', 'message filtered', 'hits a filter',
    'pattern detection', 'objectionable', 'security issue', 'reject, id=', 'fraud', 'scam', 'suspicious', 'blocked by our filter',
    'low priority', 'message looks', 'dangerous', 'denied by content', 'our system has detected that this message', ' ube', 'mail score',
    'spam score', ' scored', 'scoringupper', 'mime/reject', 'mail data refused', 'invalid data in message',
  ]),

  // The mailbox.
  ...rows('mailbox_full', [
    'over quota', 'overquota', 'over-quota', 'quota exceed', 'exceeded quota', 'exceeded * quota', 'quota * exceed', 'quota violation',
    'quota full', 'quota limit', 'quota * full', 'disk quota', 'mailbox * quota', 'maildir * quota', 'account * quota', 'user * quota',
    'exceeds * quota', 'out of quota', 'mailbox full', 'mailbox is full', 'mailbox for * full', 'full mailbox', 'mailbox * full',
    'inbox is full', 'inbox full', 'mailfolder is full', 'folder is full', 'account is full', 'account full', 'out of storage',
    'exceeded storage', 'storage allocation', 'insufficient storage', 'enough storage', 'storage limit', 'storage space',
    'allowed storage', 'storage * exceed', 'exceeded * storage', 'enough space', 'enough * space', 'no space left',
    'sufficient disk space', 'space has been used', 'mailbox size limit', 'mailbox exceeds', 'mailbox would exceed',
    'mailbox has exceeded', 'mailbox * exceeded', 'boite * pleine', 'messages on the server', 'too much mail data', 'mailbox limit',
    'storage full', 'space not enough', 'mails auf dem server', 'postfach voll', 'postfach ist voll', 'writing message: file too large',
  ]),
  ...rows('mailbox_disabled', [
    'account*disabled', 'mailbox*disabled', 'user*disabled', 'address*disabled', 'recipient*disabled', 'account*suspend',
    'mailbox*suspend', 'user*suspend', 'address*suspend', 'recipient*suspend', 'account*terminated', 'mailbox*terminated',
    'user*terminated', '550 is disabled', 'inactive', 'deactivated', 'no longer active', 'not active', 'account is locked',
    'temporary locked', 'account locked', 'is frozen', 'account expired', 'mailbox expired', 'archived recipient', 'archivee',
    'inactivity', 'discontinued', 'no longer valid', 'account closed', 'account has been closed', 'mailbox closed', 'mailbox is closed',
    'has left the', 'not accepting any mail', 'account * blocked', 'mailbox * blocked', 'mailbox currently blocked',
    'account is not active', 'not activated', 'user* locked', 'is now disabled', 'receiving disabled', 'domain*suspended',
    'suspend the service', 'accepted for this mailbox', 'casilla ha expirado', 'cuenta ha expirado', 'inactivo', 'inactif', 'desactiv',
    'deaktiviert', 'disattiv', 'nieaktywn', 'bloccato per inutilizzo',
  ]),
  ...rows('too_large', [
    'message size', 'too large', 'too big', 'size limit', 'size exceeds', 'exceeds size', 'maximum size', 'exceeds maximum',
    'exceed * size', 'size * exceed', 'message length', 'line limit exceeded', 'taille limite', 'maximum message size', 'larger than',
    'exceeds * limit * size', 'limit on size',
  ]),
  ...rows('rate_limited', [
    'rate that prevents', 'receiving mail too', 'recipient has exceeded', 'messages they can receive', 'too much email in',
    'too many recent', 'excessive volume',
  ], 'recipient'),
  ...rows('rate_limited', [
    'too many con', 'concurrent', 'connection limit', 'many connections from', 'too many session', 'per connection', 'connection rate',
    'trop de connexions',
  ], 'connections'),
  ...rows('rate_limited', [
    'rate limit', 'ratelimit', 'rate-limit', 'rate exceeded', 'throttl', 'too many message', 'too many recipient', 'too many mail',
    'too many email', 'too many error', 'too many rcpt', 'too many requests', 'too much mail', 'too frequent', 'too quickly',
    'too fast', 'slow down', 'slower', 'frequency', 'limit exceeded', 'exceeded * limit', 'exceeds the limit', 'reached * limit',
    'exceeded the max', 'maximum number of', 'sending limit', 'per hour', 'per day', 'per minute', 'unusual rate', 'max message',
    'numerous attempts', 'exceeded the allowable', 'exceeded * allowable', 'try again in',
  ]),

  // The way there.
  ...rows('relay_denied', [
    'relaying', 'relay access', 'relay denied', 'to relay', 'open relay', 'as a relay', 'mail relay', 'no relay', 'relay not',
    'not relay', 'cannot relay', 'relay for', 'relay is', 'rcpthosts', 'not a gateway', 'not local host', "don't handle mail for",
    "doesn't handle mail for", 'not handle mail for', 'not accept mail for', 'not hosted', 'do not point to us', 'local domain',
    'specified domain is not allowed', 'authentication required', 'authentication is required', 'requires authentication',
    'auth required', 'must authenticate', "you don't authenticate", 'authentication credentials', 'authentication failure',
    'authentification', 'smtp auth', 'domain * not allowed', 'mail for * not accepted', 'email address is not verified',
    'unauthorized relay', 'local user only',
  ]),
  ...rows('expired', [
    'message expired', 'delivery expired', 'delivery time expired', 'time expired', 'queue too long', 'sitting in queue',
    'allowed queue period', 'long failure period', 'failing for a long time', 'giving up', 'gave up', 'multiple retries',
    'too many retries', 'retry timeout', 'retry time', 'message timed out', 'be delivered for', 'delivered within',
    'delivery attempts', 'undeliverable for', 'not been collected', 'has been delayed', 'failed to deliver to domain',
    'unable to deliver after', 'exceeded maximum time', 'too old',
  ]),
  ...rows('authentication', [
    'sender address rejected', 'sender rejected', 'invalid sender', 'sender was rejected', 'sender is rejected',
    'sender email address rejected', 'emetteur invalide',
  ]),
  ...rows('no_mailbox', [
    'user unknown', 'userunknown', 'unknown user', 'user not found', 'user not known', 'user not exist', 'user does not', "user doesn't",
    'no such user', 'no such recipient', 'no such mailbox', 'no such address', 'no such person', 'no such account', 'no such customer',
    'no such local', 'no such destination', 'no such alias', 'no such name', 'no such email', 'does not exist', "doesn't exist",
    'do not exist', 'not exist', 't exist', 'invalid recipient', 'invalid-recipient', 'invalid mailbox', 'invalid address',
    'address invalid', 'invalid user', 'invalid email', 'invalid e-mail', 'mailbox invalid', 'recipient unknown', 'unknown recipient',
    'recipient not found', 'recipnotfound', 'recipient notfound', 'recipient not exist', 'unknown address', 'address unknown',
    'address is unknown', 'addresses were unknown', 'addressee unknown', 'unknown mailbox', 'unknown local', 'unknown e-mail',
    'unknown email', 'unknown account', 'unknown or illegal', 'illegal alias', 'unknown virtual', 'malformed address',
    'mailbox not found', 'mailbox not available', 'mailbox not known', 'mailbox not valid', 'mailbox not here', 'mailbox name not',
    'no mailbox', 'no mail box', 'mailbox unavailable', 'mailbox is unavailable', 'mailbox unavaiable', 'bad destination mailbox',
    'bad recipient', 'bad address', 'bad * recipient', 'badrcptto', 'badrecipientto', 'validrcptto', 'not a valid user',
    'not a valid mailbox', 'not a valid recipient', 'not a valid address', 'not a valid email', 'not a valid account',
    'address is not valid', 'recipient is not valid', 'user is not valid', 'mailbox is not valid', 'account is not valid',
    'email is not valid', 'not a known', 'is not known', 'not known', 'no account', 'account not found', 'account * not found',
    'account unavailable', 'not found recipient', 'no user', 'nobody here', 'no one at this', 'not our customer', 'unallocated',
    'recipient unavailable', 'user unavailable', 'in directory', 'in name directory', 'in recipient list', 'address could not be found',
    'recipient could not be found', 'user could not be found', 'address not found', 'address was not found', 'user was not found',
    'recipient was not found', 'mailbox was not found', 'alias not found', 'mailbox * not found', 'user * not found',
    'recipient * not found', '550 not found', '550 is not valid', 'no longer on server', 'no longer accepts', 'no longer available',
    'no longer at', 'not a local', 'not local', 'recipient rejected', 'rejected recipient', 'recipient not accepted',
    'recipient is not accepted', 'recipient not ok', 'recipients was undeliverable', 'non-existent', 'nonexistent', 'non existent',
    'no valid recipient', 'unknown in', 'misspelled', 'verify the email', 'undeliverable address', 'marked as invalid',
    '5.1.0 address rejected', 'wrong or no longer', 'not email addresses', 'have a * account', 'not an active address',
    'missing home directory', "can't accept user", 'destinataire invalide', 'utilisateur inconnu', 'utilisateur est inconnu',
    'destinataire inconnu', 'adresse inconnue', 'usuario desconocido', 'destinatario desconocido', 'no existe', 'inesistente',
    'nessun utente', 'benutzer unbekannt', 'empfänger unbekannt', 'empfaenger unbekannt', 'unbekannter benutzer', 'unbekannter empf',
    'adresse unbekannt', 'existiert nicht', 'benutzer nicht gefunden', 'empfänger nicht gefunden', 'postfach nicht gefunden',
    'recipient refuses', 'recipient address rejected.', 'user not ok', 'not our user', 'wrong recipient', 'recipients are invalid',
    'not a member of domain', 'recipient cannot be verified', 'not have an account', 'no longer exist', 'path no exist',
    'several matches found', 'address * has been replaced', 'address_not_found', 'destin*sconosciut', 'utente sconosciut',
    'indirizzo sconosciut', 'casella sconosciut', 'destinatario errato', 'nie istnieje', 'nie ma takiego', 'invalid account',
    'no one with that', 'no such mail drop', 'user invalid', 'user is unknown', 'recipient is unknown', 'found in ldap',
    'the address is invalid', 'email address is invalid', 'recipient address is invalid', 'find alias', 'account is unavailable',
    'mailbox is currently unavailable',
  ]),

  // Standards, and whatever failed.
  ...rows('malformed', [
    ' rfc', '(rfc', '5322', '2822', '5321', 'syntax error', 'malformed', 'header', 'bare lf',
    'bare line', 'bare newline', 'invalid character', 'line too long', 'protocol violation', 'bad sequence', 'out of sequence',
    'command not', 'unrecognized command', 'unknown command', '8bit', '8-bit', 'smtputf8', 'invalid argument', 'in parameters',
    'pipelining', 'empty message', 'empty envelope', 'null sender', 'improper', 'missing * from', 'invalid mime', 'multi-part mime',
  ]),
  ...rows('unreachable', [
    'timeout', 'timed out', 'time out', 'time-out', 'connection refused', 'connection reset', 'connection lost', 'lost connection',
    'connection dropped', 'connection was dropped', 'connection closed', 'connection fail', 'unable to connect', 'not connect',
    'cannot connect', 'unreachable', 'no route', 'network error', 'service unavailable', 'service not available',
    'service currently', 'not available', 'unavailable', 'busy', 'internal error', 'internal server',
    'server error', 'system error', 'config', 'local problem', 'local error', 'loop', ' hops', 'lookup fail', 'name server', 'resolve',
    'insufficient', 'resources', 'not accepting', 'closing transmission', 'no healthy', 'overload', 'maintenance', 'write error',
    'did not respond', 'no answer', 'error in processing', 'being processed', 'interrupted', 'handshake', 'ssl', 'certificate',
    'mx servers', 'error reading', 'requested action aborted', 'mail action aborted', 'mdb', 'remote server', 'x-unix', 'pipe to',
    'transaction failed', 'load is too high', 'too much load', "can't connect", 'dns error', 'returned a permanent error', 'is broken',
    'i/o error', 'new email file',
  ]),
  ...rows('policy', [
    'policy', 'policies', 'prohibit', 'administrative', 'not authorized', 'not permitted', 'not allowed', 'not accepted',
    'access denied', 'denied', 'refuse', 'blocked', 'restrict', 'disallow', 'organization', 'captcha', 'by rule', 'rule imposed',
    'preferences', 'envelope blocked', 'protected by', 'security', 'message rejected', 'mail rejected', 'email rejected',
  ]),
] as const

/** Words of any deferral. Beside a code of security such as `4.7.0` they are no outage. */
export const DEFERRED = rows('unreachable', ['temporar', 'later'])
