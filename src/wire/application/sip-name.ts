/**
 * Names of SIP's header fields, IANA, and their compact forms.
 *
 * @module
 */
const names: readonly string[] = [
  'Accept Accept-Contact Accept-Encoding Accept-Language Accept-Resource-Priority Additional-Identity Alert-Info Allow',
  'Allow-Events Answer-Mode Attestation-Info Authentication-Info Authorization Call-ID Call-Info Cellular-Network-Info',
  'Contact Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date Error-Info Event',
  'Expires Feature-Caps Flow-Timer From Geolocation Geolocation-Error Geolocation-Routing History-Info Identity',
  'Identity-info Info-Package In-Reply-To Join Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE Organization',
  'Origination-Id P-Access-Network-Info P-Answer-State P-Asserted-Identity P-Asserted-Service P-Charge-Info',
  'P-Associated-URI P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector P-DCS-Trace-Party-ID P-DCS-OSPS',
  'P-DCS-Billing-Info P-DCS-LAES P-DCS-Redirect P-Early-Media P-Media-Authorization P-Preferred-Identity',
  'P-Preferred-Service P-Profile-Key P-Refused-URI-List P-Served-User P-User-Database P-Visited-Network-ID Path',
  'Permission-Missing Priority Priority-Share Priv-Answer-mode Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require',
  'RAck Reason Reason-Phrase Record-Route Recv-Info Refer-Sub Refer-To Referred-by Reject-Contact Relayed-Charge Replaces',
  'Reply-To Request-Disposition Require Resource-Priority Resource-Share Response-Source Restoration-Info Retry-After Route',
  'RSeq Security-Client Security-Server Security-Verify Server Service-Interact-Info Service-Route Session-Expires',
  'Session-ID ETag Subject Subscription-State Supported Target-Dialog Timestamp To Trigger-Consent Unsupported User-Agent',
  'Via Warning WWW-Authenticate Diversion',
].flatMap((line) => line.split(' '));

/** Names as Wireshark writes them, by the name in lower case. */
export const headerNames: ReadonlyMap<string, string> = new Map(names.map((name) => [name.toLowerCase(), name]));

/** Names by their compact forms, RFC 3261 section 7.3.3 and others. */
export const compactNames: { readonly [form: string]: string } = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
};
