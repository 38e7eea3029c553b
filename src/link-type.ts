/**
 * Link types: which protocol a captured packet starts with.
 *
 * Numbers and names are those of the tcpdump group's registry, https://www.tcpdump.org/linktypes.html.
 *
 * @module
 */

/** Link types by the registry's names, without `LINKTYPE_`. A capture may hold any other number up to 65,535. */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  AX25: 3,
  IEEE802_5: 6,
  ARCNET_BSD: 7,
  SLIP: 8,
  PPP: 9,
  FDDI: 10,
  /** RAW as most BSD systems number it in captures. */
  RAW_BSD: 12,
  /** RAW as OpenBSD numbers it. */
  RAW_OPENBSD: 14,
  PPP_HDLC: 50,
  PPP_ETHER: 51,
  ATM_RFC1483: 100,
  RAW: 101,
  C_HDLC: 104,
  IEEE802_11: 105,
  FRELAY: 107,
  LOOP: 108,
  LINUX_SLL: 113,
  LTALK: 114,
  PFLOG: 117,
  IEEE802_11_PRISM: 119,
  IP_OVER_FC: 122,
  SUNATM: 123,
  IEEE802_11_RADIOTAP: 127,
  ARCNET_LINUX: 129,
  LINUX_IRDA: 144,
  USER0: 147,
  USER15: 162,
  IEEE802_11_AVS: 163,
  PPP_PPPD: 166,
  BLUETOOTH_HCI_H4: 187,
  USB_LINUX: 189,
  IEEE802_15_4_WITHFCS: 195,
  BLUETOOTH_HCI_H4_WITH_PHDR: 201,
  PPP_WITH_DIR: 204,
  USB_LINUX_MMAPPED: 220,
  CAN_SOCKETCAN: 227,
  IPV4: 228,
  IPV6: 229,
  IEEE802_15_4_NOFCS: 230,
  DBUS: 231,
  NFLOG: 239,
  NETANALYZER: 240,
  USBPCAP: 249,
  BLUETOOTH_LE_LL: 251,
  WIRESHARK_UPPER_PDU: 252,
  NETLINK: 253,
  BLUETOOTH_LINUX_MONITOR: 254,
  BLUETOOTH_LE_LL_WITH_PHDR: 256,
  ISO_14443: 264,
  VSOCK: 271,
  LINUX_SLL2: 276,
  EBHSCR: 279,
} as const;

const names = new Map<number, string>(Object.entries(LinkType).map(([name, value]) => [value, name]));

/** The registry's name of a link type, as `ETHERNET`, or `LINKTYPE 999` for one this table does not have. */
export function linkTypeName(linkType: number): string {
  if (linkType > LinkType.USER0 && linkType < LinkType.USER15) return `USER${linkType - LinkType.USER0}`;
  return names.get(linkType) ?? `LINKTYPE ${linkType}`;
}

/**
 * Longest packet in bytes that a capture of this link type may hold. libpcap and Wireshark draw the same line: a record
 * that claims more is taken for damage and not for a packet.
 */
export function maximumLength(linkType: number): number {
  switch (linkType) {
    case LinkType.DBUS:
    case LinkType.USB_LINUX:
    case LinkType.USB_LINUX_MMAPPED:
    case LinkType.USBPCAP:
      return 128 * 1024 * 1024;
    case LinkType.EBHSCR:
      return 8 * 1024 * 1024;
    default:
      return 256 * 1024;
  }
}
