/**
 * Mailbox providers by the domains of their addresses. Domains of one provider share its servers and its rules of acceptance.
 * A domain with a mail server of its own that many people have is listed; companies that host their mail elsewhere are not.
 */

/** Domains by provider, separated by spaces. Only add: figures of earlier days keep the name that a domain had then. */
const DOMAINS: Readonly<Record<string, string>> = {
  gmail: 'gmail.com googlemail.com',
  outlook:
    'outlook.com hotmail.com live.com msn.com windowslive.com outlook.at outlook.be outlook.cl outlook.co.id ' +
    'outlook.co.il outlook.co.nz outlook.co.th outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr ' +
    'outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it ' +
    'outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk hotmail.be hotmail.ca ' +
    'hotmail.ch hotmail.cl hotmail.co.il hotmail.co.jp hotmail.co.nz hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com.ar ' +
    'hotmail.com.au hotmail.com.br hotmail.com.tr hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr ' +
    'hotmail.hu hotmail.it hotmail.nl hotmail.no hotmail.se live.at live.be live.ca live.ch live.cl live.cn live.co.uk ' +
    'live.co.za live.com.ar live.com.au live.com.mx live.com.pt live.com.sg live.de live.dk live.fi live.fr live.ie live.in ' +
    'live.it live.jp live.nl live.no live.ru live.se',
  yahoo:
    'yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.at yahoo.be yahoo.ca yahoo.cl yahoo.co.id yahoo.co.in yahoo.co.kr ' +
    'yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.co yahoo.com.hk ' +
    'yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ve yahoo.com.vn ' +
    'yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no ' +
    'yahoo.pl yahoo.pt yahoo.ro yahoo.se aol.com aol.co.uk aol.de aol.fr aim.com ' +
    'netscape.net verizon.net att.net ameritech.net bellsouth.net flash.net nvbell.net pacbell.net prodigy.net sbcglobal.net ' +
    'snet.net swbell.net frontier.com frontiernet.net rogers.com sky.com',
  icloud: 'icloud.com me.com mac.com',
  yahoo_japan: 'yahoo.co.jp ybb.ne.jp',
  proton: 'proton.me protonmail.com protonmail.ch pm.me',
  fastmail: 'fastmail.com fastmail.fm',
  zoho: 'zoho.com zohomail.com zoho.eu zohomail.eu zoho.in zohomail.in',
  tuta: 'tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me',
  gmx: 'gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.eu gmx.org gmx.info gmx.biz gmx.fr gmx.es gmx.co.uk gmx.us mail.com',
  web_de: 'web.de email.de',
  t_online: 't-online.de magenta.de',
  freenet: 'freenet.de',
  arcor: 'arcor.de',
  vodafone: 'vodafone.de vodafonemail.de kabelmail.de unitybox.de',
  posteo: 'posteo.de posteo.net',
  mailbox_org: 'mailbox.org',
  a1: 'a1.net aon.at',
  swisscom: 'bluewin.ch',
  sunrise: 'hispeed.ch sunrise.ch',
  orange: 'orange.fr wanadoo.fr voila.fr',
  free: 'free.fr libertysurf.fr aliceadsl.fr',
  sfr: 'sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr 9online.fr',
  laposte: 'laposte.net',
  bouygues: 'bbox.fr',
  libero: 'libero.it iol.it inwind.it blu.it giallo.it',
  virgilio: 'virgilio.it tin.it alice.it tim.it',
  tiscali: 'tiscali.it',
  fastweb: 'fastwebnet.it',
  aruba: 'aruba.it pec.it',
  telefonica: 'telefonica.net movistar.es terra.es',
  sapo: 'sapo.pt',
  ziggo: 'ziggo.nl upcmail.nl home.nl casema.nl chello.nl quicknet.nl',
  kpn: 'kpnmail.nl planet.nl hetnet.nl kpnplanet.nl xs4all.nl telfort.nl',
  telenet: 'telenet.be pandora.be',
  proximus: 'skynet.be proximus.be belgacom.net',
  bt: 'btinternet.com btopenworld.com talk21.com btconnect.com',
  virgin_media: 'virginmedia.com ntlworld.com blueyonder.co.uk virgin.net',
  talktalk: 'talktalk.net tiscali.co.uk lineone.net',
  plusnet: 'plus.net plusnet.com',
  eircom: 'eircom.net',
  telia: 'telia.com',
  telenor: 'online.no',
  tdc: 'mail.dk',
  elisa: 'elisanet.fi kolumbus.fi',
  seznam: 'seznam.cz email.cz post.cz',
  centrum: 'centrum.cz centrum.sk atlas.cz atlas.sk azet.sk',
  wp: 'wp.pl o2.pl tlen.pl go2.pl',
  onet: 'onet.pl onet.eu op.pl poczta.onet.pl vp.pl autograf.pl buziaczek.pl amorki.pl spoko.pl',
  interia: 'interia.pl interia.eu interia.com poczta.fm',
  freemail_hu: 'freemail.hu citromail.hu',
  abv: 'abv.bg',
  otenet: 'otenet.gr',
  ukr_net: 'ukr.net',
  mail_ru: 'mail.ru bk.ru list.ru inbox.ru internet.ru',
  yandex: 'yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru narod.ru',
  rambler: 'rambler.ru lenta.ru autorambler.ru myrambler.ru',
  walla: 'walla.co.il walla.com',
  comcast: 'comcast.net xfinity.com',
  spectrum: 'charter.net spectrum.net roadrunner.com rr.com twc.com brighthouse.com',
  cox: 'cox.net',
  earthlink: 'earthlink.net mindspring.com',
  centurylink: 'centurylink.net centurytel.net embarqmail.com q.com',
  optimum: 'optonline.net optimum.net suddenlink.net',
  windstream: 'windstream.net',
  juno: 'juno.com netzero.net netzero.com',
  bell: 'bell.net sympatico.ca',
  shaw: 'shaw.ca',
  telus: 'telus.net',
  videotron: 'videotron.ca',
  uol: 'uol.com.br bol.com.br',
  terra: 'terra.com.br',
  ig: 'ig.com.br',
  globo: 'globo.com globomail.com',
  telstra: 'bigpond.com bigpond.net.au telstra.com',
  optus: 'optusnet.com.au',
  iinet: 'iinet.net.au internode.on.net westnet.com.au',
  tpg: 'tpg.com.au',
  xtra: 'xtra.co.nz',
  mweb: 'mweb.co.za',
  qq: 'qq.com foxmail.com',
  netease: '163.com 126.com yeah.net 188.com vip.163.com vip.126.com',
  sina: 'sina.com sina.cn vip.sina.com',
  sohu: 'sohu.com',
  aliyun: 'aliyun.com',
  china_mobile: '139.com',
  china_telecom: '189.cn',
  naver: 'naver.com',
  kakao: 'daum.net hanmail.net kakao.com',
  nate: 'nate.com',
  docomo: 'docomo.ne.jp',
  au: 'ezweb.ne.jp au.com',
  softbank: 'softbank.ne.jp i.softbank.jp',
  nifty: 'nifty.com nifty.ne.jp',
  biglobe: 'biglobe.ne.jp',
  ocn: 'ocn.ne.jp',
  so_net: 'so-net.ne.jp',
  rediffmail: 'rediffmail.com rediff.com',
  hushmail: 'hushmail.com hush.com',
}

/** The name of all providers that are not listed. */
export const OTHER_PROVIDER = 'other'

const PROVIDERS: ReadonlyMap<string, string> = new Map(
  Object.entries(DOMAINS).flatMap(([name, domains]) => domains.split(' ').map((domain) => [domain, name])),
)

/** Name of the mailbox provider of a domain, which is in lower case and ASCII, as in a normalized address. */
export const mailboxProviderOf = (domain: string): string => PROVIDERS.get(domain) ?? OTHER_PROVIDER

/** Whether the domain is in the table. So many people have it that it identifies nobody. */
export const isWellKnownDomain = (domain: string): boolean => PROVIDERS.has(domain)

/** The domain of a normalized address; the empty text if it has none. */
export const domainOf = (address: string): string => {
  const at = address.lastIndexOf('@')
  return at === -1 ? '' : address.slice(at + 1)
}
