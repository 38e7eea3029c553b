/**
 * Names in HTTP/1.x: methods (RFC 9110, WebDAV and its kin, UPnP, Microsoft's), status codes (IANA), header fields by Wireshark's names.
 *
 * @module
 */

/** Methods that Wireshark takes for the start of a request. */
export const methods: ReadonlySet<string> = new Set(
  (
    'GET POST PUT DELETE HEAD OPTIONS TRACE PATCH CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT CHECKOUT MERGE ' +
    'SUBSCRIBE UNSUBSCRIBE NOTIFY M-SEARCH BPROPFIND BPROPPATCH BCOPY BMOVE BDELETE POLL SEARCH LABEL UPDATE ' +
    'RPC_CONNECT RPC_IN_DATA RPC_OUT_DATA CCM_POST SSTP_DUPLEX_POST BASELINE-CONTROL VERSION-CONTROL CHECKIN UNCHECKOUT ' +
    'MKWORKSPACE MKACTIVITY'
  ).split(' '),
);

/** Methods whose messages tell instead of asking. */
export const notifications: ReadonlySet<string> = new Set(['NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE']);

/** Meanings of status codes. */
export const statusNames: { readonly [status: number]: string } = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  199: 'Informational - Others',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  299: 'Success - Others',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  399: 'Redirection - Others',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Time-out',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Requested Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  499: 'Client Error - Others',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version not supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
  599: 'Server Error - Others',
};

/** Wireshark's name for a header field, by its name in lower case. */
export const headerFilters: { readonly [name: string]: string } = {
  authorization: 'http.authorization',
  'proxy-authorization': 'http.proxy_authorization',
  'proxy-authenticate': 'http.proxy_authenticate',
  'www-authenticate': 'http.www_authenticate',
  'content-type': 'http.content_type',
  'content-length': 'http.content_length_header',
  'content-encoding': 'http.content_encoding',
  'transfer-encoding': 'http.transfer_encoding',
  upgrade: 'http.upgrade',
  'user-agent': 'http.user_agent',
  host: 'http.host',
  connection: 'http.connection',
  cookie: 'http.cookie',
  accept: 'http.accept',
  referer: 'http.referer',
  'accept-language': 'http.accept_language',
  'accept-encoding': 'http.accept_encoding',
  date: 'http.date',
  'cache-control': 'http.cache_control',
  server: 'http.server',
  location: 'http.location',
  'sec-websocket-accept': 'http.sec_websocket_accept',
  'sec-websocket-extensions': 'http.sec_websocket_extensions',
  'sec-websocket-key': 'http.sec_websocket_key',
  'sec-websocket-protocol': 'http.sec_websocket_protocol',
  'sec-websocket-version': 'http.sec_websocket_version',
  'set-cookie': 'http.set_cookie',
  'last-modified': 'http.last_modified',
  'x-forwarded-for': 'http.x_forwarded_for',
  'http2-settings': 'http.http2_settings',
};
