// SPDX-License-Identifier: BSD-2-Clause
/* A package with one mistake each: the element that fails, the status of the format, and where in the element. */
#include "support/test.h"

#include <esimlab/profile.h>

#include "tlv/tlv.h"

#define MF "[element mf]\nmf = pins 01 0A\nef-iccid = content 980001010000000000F1\nef-dir = record 40, records 1\nef-arr = record 16, records 14\n"
#define PUK "[element pukCodes]\npuk 01 = digits 12345678\npuk 81 = digits 12345678\n"
#define PIN "[element pinCodes]\npin 01 = digits 0000, puk 01\npin 0A = digits 00000000\n"
#define USIM_AID "A0000000871002FF49FFFF8900000100"
#define USIM "[element usim]\nadf-usim = fid 7FD0, aid " USIM_AID ", pins 01\nef-arr = record 16, records 14\n"
#define BASE MF PUK PIN USIM             /* elements 1, 2, 3, 4 */
#define K "k = 00112233445566778899AABBCCDDEEFF\n"
#define AKA "[element akaParameter]\nalgorithm = milenage\n" K "opc = 00112233445566778899AABBCCDDEEFF\n"
#define INSTANCE "package = A0000001515350\nclass = A000000151535041\ninstance = A000000151000000\nprivileges = 82DC00\nparameters = 81028000\n"
#define SD "[element securityDomain]\nlife-cycle = 0F\n" INSTANCE
#define RFM(n) "[element rfm " n "]\ninstance = A00000055910100000" n "\nsecurity-level = 16\naccess = 00\nadmin-access = 00\n"
#define GFM(line) BASE "[element genericFileManagement]\n" line "\n"
#define FILE_OF_USIM(line) MF PUK PIN USIM line "\n"
#define OPT(line) BASE "[element opt-usim]\n" line "\n"
#define PINS(line) BASE "[element pinCodes 2]\n" line "\n"
#define KEYS(line) BASE SD line "\n"

enum { ANY, OFFSET };

struct row { const char *name, *text; unsigned status; int identification, offset; };

/* Of the header nothing has an identification. */
static const struct row headers[] = {
	{"version 1", "[profile]\nversion = 1.0\n" BASE, 31, -1, OFFSET},
	{"version 4", "[profile]\nversion = 4.0\n" BASE, 31, -1, OFFSET},
	{"service contactless", "[profile]\nservices = usim contactless\n" BASE, 10, -1, OFFSET},
	{"service tuak128", "[profile]\nservices = usim tuak128\n" BASE, 10, -1, OFFSET},
	{"service tuak256", "[profile]\nservices = tuak256\n" BASE, 10, -1, OFFSET},
	{"service cave", "[profile]\nservices = cave\n" BASE, 10, -1, OFFSET},
	{"service gba-usim", "[profile]\nservices = gba-usim\n" BASE, 10, -1, OFFSET},
	{"service gba-isim", "[profile]\nservices = gba-isim\n" BASE, 10, -1, OFFSET},
	{"service mbms", "[profile]\nservices = mbms\n" BASE, 10, -1, OFFSET},
	{"service eap", "[profile]\nservices = eap\n" BASE, 10, -1, OFFSET},
	{"service javacard", "[profile]\nservices = javacard\n" BASE, 10, -1, OFFSET},
	{"service multos", "[profile]\nservices = multos\n" BASE, 10, -1, OFFSET},
	{"service cat-tp", "[profile]\nservices = cat-tp\n" BASE, 10, -1, OFFSET},
	{"service suciCalculatorApi", "[profile]\nservices = suciCalculatorApi\n" BASE, 10, -1, OFFSET},
	{"service dns-resolution", "[profile]\nservices = dns-resolution\n" BASE, 10, -1, OFFSET},
	{"service scp11ac", "[profile]\nservices = scp11ac\n" BASE, 10, -1, OFFSET},
	{"service s16mode", "[profile]\nservices = s16mode\n" BASE, 10, -1, OFFSET},
	{"service eaka", "[profile]\nservices = eaka\n" BASE, 10, -1, OFFSET},
	{"template that is none", "[profile]\ntemplates = 2.23.143.1.2.99\n" BASE, 9, -1, OFFSET},
	{"template of a later version", "[profile]\ntemplates = 2.23.143.1.2.4.9\n" BASE, 9, -1, OFFSET},
	{"library", "[profile]\nlibraries = A000000001020304/0100\n" BASE, 8, -1, OFFSET},
	{"library's AID of four octets", "[profile]\nlibraries = A0000000/0100\n" BASE, 5, -1, OFFSET},
	{"library's version of one octet", "[profile]\nlibraries = A000000001/01\n" BASE, 5, -1, OFFSET},
	{"IoT with a short PIX", "[profile]\niot-pix = 1002FF\n" BASE, 5, -1, OFFSET},
	{"IoT with a long PIX", "[profile]\niot-pix = 1002FFFFFFFF890000010000\n" BASE, 5, -1, OFFSET},
};

static const struct row orders[] = {
	{"two headers", BASE "[raw]\nder = A01D8001038101038200830A89001010000000000001F0A500A6008800\n", 5, -1, ANY},
	{"nothing but codes", PUK PIN, 6, 2, ANY},
	{"USIM before the MF", USIM, 6, 1, ANY},
	{"two MFs", BASE "[element mf 2]\nmf = pins 01\nef-dir = record 4, records 1\nef-arr = record 4, records 1\n", 6, 5, ANY},
	{"two pukCodes", BASE "[element pukCodes 2]\npuk 02 = digits 12345678\n", 6, 5, ANY},
	{"two TELECOMs", BASE "[element telecom]\n[element telecom a]\ndf-telecom =\n[element telecom b]\ndf-telecom =\n", 6, 6, ANY},
	{"two CDs", BASE "[element cd a]\ndf-cd =\n[element cd b]\ndf-cd =\n", 6, 6, ANY},
	{"OPT-USIM without a USIM", MF PUK PIN "[element opt-usim]\nef-li =\n", 6, 4, ANY},
	{"two OPT-USIMs", BASE "[element opt-usim]\nef-li =\n[element opt-usim 2]\nef-acm =\n", 6, 6, ANY},
	{"OPT-ISIM of a USIM", BASE "[element opt-isim]\nef-sms =\n", 6, 5, ANY},
	{"OPT-CSIM of a USIM", BASE "[element opt-csim]\nef-ssci =\n", 6, 5, ANY},
	{"OPT-IoT of a USIM", BASE "[element opt-iot]\nef-smss =\n", 6, 5, ANY},
	{"GSM-ACCESS without a USIM", MF PUK PIN "[element gsm-access]\nall = 8\n", 6, 4, ANY},
	{"two DF.5GS", BASE "[element df-5gs]\nall = 8\n[element df-5gs 2]\nall = 8\n", 6, 6, ANY},
	{"DF.SAIP without a USIM", MF PUK PIN "[element df-saip]\nall = 8\n", 6, 4, ANY},
	{"DF.SNPN without a USIM", MF PUK PIN "[element df-snpn]\nall = 8\n", 6, 4, ANY},
	{"5GPROSE without a USIM", MF PUK PIN "[element df-5gprose]\nall = 8\n", 6, 4, ANY},
	{"PHONEBOOK without a USIM", MF PUK PIN "[element phonebook]\nall = 8\n", 6, 4, ANY},
	{"EAP without an application", MF PUK PIN "[element eap]\ndf-eap = fid 5F20\n", 6, 4, ANY},
	{"akaParameter without an application", MF PUK PIN AKA, 6, 4, ANY},
	{"two akaParameters", BASE AKA "[element akaParameter 2]\n" K "opc = 00112233445566778899AABBCCDDEEFF\n", 6, 6, ANY},
	{"cdmaParameter of a USIM", BASE "[element cdmaParameter]\nkey = 0102030405060708\n", 6, 5, ANY},
	{"IoT beside an MF", BASE "[element iot]\nall = 8\n", 6, 5, ANY},
	{"a file before the MF", "[element genericFileManagement]\n2FFB = size 8\n", 6, 1, OFFSET},
	{"rfm before a security domain", BASE RFM("01") "tar = B00010\n", 6, 5, OFFSET},
	{"application before a security domain", BASE "[element application]\nload-package = A0000000090003\nload-block = 00\n", 6, 5, ANY},
	{"identification twice", BASE "[element opt-usim]\nidentification = 3\nef-li =\n", 6, 3, OFFSET},
	{"element after the end", BASE "[raw]\nder = AA07A0058000810163\n[element opt-usim]\nef-li =\n", 6, 5, ANY},
};

static const struct row forms[] = {
	{"kind that is not known, mandated", BASE "[raw]\nder = AB07A0058000810163\n", 1, 99, ANY},
	{"nonStandard, mandated", BASE "[element nonStandard]\nissuer = 2.999.1\ncontent = 00\n", 1, 5, ANY},
	{"application, mandated", BASE SD "[element application]\nload-package = A0000000090003\nload-block = 00\n", 7, 6, ANY},
	{"application of a package that is not there", BASE SD "[element application]\npackage = A0000000090003\nclass = A000000009000301\n"
		"instance = A00000000900030101\nprivileges = 00\nparameters = 00\n", 8, 6, ANY},
	{"identification above 32767", BASE "[raw]\nder = AB09A00780008103008000\n", 5, -1, OFFSET},
	{"length not minimal", BASE "[raw]\nder = AA8107A0058000810163\n", 5, 99, OFFSET},
	{"no identification", BASE "[raw]\nder = AA04A0028000\n", 5, -1, ANY},
	{"member missing", BASE "[raw]\nder = A907A0058000810163\n", 5, 99, ANY},
	{"template that is not known", BASE "[raw]\nder = B40FA005800081016381066781" "0F010263\n", 9, 99, OFFSET},
	{"template of another element", BASE "[raw]\nder = B40FA00580008101638106" "67810F010201\n", 9, 99, OFFSET},
	{"template's member of no name", BASE "[raw]\nder = B412A005800081016381066781" "0F010205BF7F00\n", 6, 99, OFFSET},
};

static const struct row files[] = {
	{"ADF without a name", MF PUK PIN "[element usim]\nadf-usim = fid 7FD0, pins 01\nef-arr = record 4, records 1\n", 6, 4, OFFSET},
	{"ADF without a temporary FID", MF PUK PIN "[element usim]\nadf-usim = aid " USIM_AID ", pins 01\nef-arr = record 4, records 1\n", 6, 4, ANY},
	{"ADF's name of four octets", MF PUK PIN "[element usim]\nadf-usim = fid 7FD0, aid A0000000, pins 01\nef-arr = record 4, records 1\n", 5, 4, OFFSET},
	{"ADF's name twice", BASE "[element usim 2]\nadf-usim = fid 7FD1, aid " USIM_AID ", pins 01\nef-arr = record 4, records 1\n", 6, 5, OFFSET},
	{"ADF's temporary FID twice", BASE "[element usim 2]\nadf-usim = fid 7FD0, aid A0000000871002, pins 01\nef-arr = record 4, records 1\n", 6, 5, OFFSET},
	{"EF with a name", OPT("ef-li = aid A0000000871002"), 6, 5, OFFSET},
	{"EF with PINs", OPT("ef-li = pins 01"), 6, 5, OFFSET},
	{"DF with a size", BASE "[element df-5gs]\ndf-df-5gs = size 5\n", 6, 5, OFFSET},
	{"DF with an SFI", BASE "[element df-5gs]\ndf-df-5gs = sfi 5\n", 6, 5, ANY},
	{"PINs as a status template", BASE "[element df-5gs]\ndf-df-5gs = pins C60690016083\n", 6, 5, OFFSET},
	{"PINs with one twice", BASE "[element df-5gs]\ndf-df-5gs = pins 0101\n", 6, 5, OFFSET},
	{"PIN that is not there", BASE "[element df-5gs]\ndf-df-5gs = pins 02\n", 11, 5, ANY},
	{"local PIN that is not there", BASE "[element df-5gs]\ndf-df-5gs = pins 81\n", 11, 5, ANY},
	{"another structure than the template's", OPT("ef-li = descriptor 42210006"), 6, 5, OFFSET},
	{"descriptor of three octets", OPT("ef-li = descriptor 412100"), 5, 5, OFFSET},
	{"descriptor's second octet", OPT("ef-li = descriptor 4100"), 6, 5, OFFSET},
	{"transparent file with a record length", OPT("ef-li = descriptor 41210006"), 6, 5, OFFSET},
	{"structure that is not known", GFM("2FFB = descriptor 4721, size 8"), 6, 5, OFFSET},
	{"records of 256 octets", OPT("ef-msisdn = record 256, records 1"), 6, 5, ANY},
	{"records of no octets", GFM("2FFB = descriptor 42210000, size 8"), 6, 5, OFFSET},
	{"linear file without a record length", GFM("2FFB = descriptor 4221, size 8"), 6, 5, OFFSET},
	{"255 records", OPT("ef-msisdn = record 4, records 255"), 6, 5, OFFSET},
	{"size that is no multiple", OPT("ef-msisdn = record 24, size 25"), 6, 5, OFFSET},
	{"no size at all", OPT("ef-gbabp ="), 6, 5, OFFSET},
	{"generic file without a size", GFM("2FFB = kind transparent"), 6, 5, ANY},
	{"file above 64 KiB", OPT("ef-gbabp = size 65536"), 4, 5, OFFSET},
	{"content beyond the file", OPT("ef-li = content 01020304050607"), 6, 5, OFFSET},
	{"offset beyond the file", OPT("ef-li = skip 6, content 01"), 6, 5, OFFSET},
	{"content before any file", BASE "[raw]\nder = A110A0058000810163A107300581030102" "03\n", 6, 99, OFFSET},
	{"content of a link", GFM("2FFB = link 7FD0/6F07, content 01"), 6, 5, OFFSET},
	{"two patterns", OPT("ef-li = fill FF, repeat 00"), 6, 5, ANY},
	{"pattern in a BER-TLV file", GFM("2FFB = kind ber-tlv, size 8, fill FF"), 6, 5, ANY},
	{"pattern of no octets", OPT("ef-li = fill"), 5, 5, OFFSET},
	{"BER-TLV content that is no TLV", GFM("2FFB = kind ber-tlv, size 8, content 800501"), 6, 5, OFFSET},
	{"offset in a BER-TLV file", GFM("2FFB = kind ber-tlv, size 8, skip 2, content 8000"), 6, 5, OFFSET},
	{"BER-TLV content above its maximum", GFM("2FFB = kind ber-tlv, size 2, max 4, content 8003010203"), 6, 5, OFFSET},
	{"BER-TLV maximum below the size", GFM("2FFB = kind ber-tlv, size 8, max 4"), 6, 5, OFFSET},
	{"maximum size of a transparent file", OPT("ef-li = max 20"), 6, 5, ANY},
	{"access rule 0", OPT("ef-li = access 0"), 6, 5, OFFSET},
	{"access rule of two octets", BASE "[raw]\nder = B41AA0058000810163810667810F010205A209A1078B026F0683" "0100\n", 5, 99, OFFSET},
	{"SFI 31", OPT("ef-li = sfi 31"), 6, 5, OFFSET},
	{"SFI of another file", OPT("ef-li = sfi 7"), 6, 5, OFFSET},
	{"life cycle status", OPT("ef-li = lcsi 02"), 3, 5, OFFSET},
	{"FID twice in a DF", OPT("ef-li = fid 6F07"), 6, 5, OFFSET},
	{"reserved FID", OPT("ef-li = fid 7FFF"), 6, 5, OFFSET},
	{"doNotCreate where nothing is by default", OPT("ef-li = none"), 6, 5, OFFSET},
	{"file without its DF", BASE "[element telecom]\nef-img = record 4, records 1\ndf-telecom =\n", 6, 5, OFFSET},
	{"too deep", GFM("7FD0/5F01 = kind df\n7FD0/5F01/5F02 = kind df\n7FD0/5F01/5F02/5F03 = kind df\n7FD0/5F01/5F02/5F03/5F04 = kind df\n"
		"7FD0/5F01/5F02/5F03/5F04/6F01 = size 1"), 6, 5, OFFSET},
	{"path to nothing", GFM("7FD0/5FFF/6F01 = size 4"), 6, 5, OFFSET},
	{"link to nothing", GFM("2FFB = link 7FD0/6FFE"), 6, 5, OFFSET},
	{"link to itself", GFM("2FFB = link 2FFB"), 6, 5, OFFSET},
	{"link to a link", GFM("2FFB = link 7FD0/6F07\n2FFC = link 2FFB"), 6, 5, OFFSET},
	{"link of another structure", GFM("2FFB = kind linear, record 9, link 7FD0/6F07"), 6, 5, OFFSET},
	{"link with a size", GFM("2FFB = size 9, link 7FD0/6F07"), 6, 5, OFFSET},
	{"link to an ADF", GFM("7F77 = kind df, link 7FD0"), 6, 5, OFFSET},
};

static const struct row codes[] = {
	{"PIN reference 09", PINS("pin 09 = digits 0000"), 3, 5, OFFSET},
	{"PIN reference 89", PINS("pin 89 = digits 0000"), 3, 5, OFFSET},
	{"PIN of seven octets", PINS("pin 81 = hex 30303030303030"), 5, 5, OFFSET},
	{"PIN twice", PINS("pin 81 = digits 0000\npin 82 = digits 0000\npin 81 = digits 1111"), 6, 5, OFFSET},
	{"global PIN in a USIM", PINS("pin 02 = digits 0000"), 6, 5, OFFSET},
	{"local PIN in the MF", MF PUK "[element pinCodes]\npin 81 = digits 0000\n", 6, 3, OFFSET},
	{"second pinCodes of a DF", PINS("pin 81 = digits 0000\n[element pinCodes 3]\npin 82 = digits 0000"), 6, 6, OFFSET},
	{"PUK that is not there", PINS("pin 81 = digits 0000, puk 02"), 6, 5, ANY},
	{"PUK reference of a PIN", PINS("pin 81 = digits 0000, puk 0A"), 3, 5, OFFSET},
	{"no tries", PINS("pin 81 = digits 0000, tries 0/0"), 6, 5, OFFSET},
	{"more tries left than there are", PINS("pin 81 = digits 0000, tries 4/3"), 6, 5, OFFSET},
	{"no PIN", PINS("mandated = yes"), 6, 5, OFFSET},
	{"shared PINs of no DF", PINS("share = 7F10"), 6, 5, OFFSET},
	{"shared PINs of a DF that has none", BASE "[element telecom]\ndf-telecom =\n[element df-5gs]\ndf-df-5gs =\n[element pinCodes 2]\nshare = 7F10\n", 6, 7, OFFSET},
	{"shared PINs of the DF itself", PINS("share = 7FD0"), 6, 5, OFFSET},
	{"PUK reference 0A", MF "[element pukCodes]\npuk 0A = digits 12345678\n", 3, 2, OFFSET},
	{"PUK twice", MF "[element pukCodes]\npuk 01 = digits 12345678\npuk 02 = digits 12345678\npuk 01 = digits 12345678\n", 6, 2, OFFSET},
	{"PUK of nine octets", MF "[element pukCodes]\npuk 01 = hex 313233343536373839\n", 5, 2, OFFSET},
	{"no PUK", MF "[element pukCodes]\nmandated = yes\n", 6, 2, OFFSET},
	{"K of 15 octets", BASE "[element akaParameter]\nk = 00112233445566778899AABBCCDDEE\nopc = 00112233445566778899AABBCCDDEEFF\n", 3, 5, OFFSET},
	{"OPc of 15 octets", BASE "[element akaParameter]\n" K "opc = 00112233445566778899AABBCCDDEE\n", 3, 5, OFFSET},
	{"TUAK", BASE "[element akaParameter]\nalgorithm = tuak\n" K "opc = 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\n", 10, 5, OFFSET},
	{"algorithm 9", BASE "[element akaParameter]\nalgorithm = 9\n" K "opc = 00112233445566778899AABBCCDDEEFF\n", 6, 5, OFFSET},
	{"options of two octets", BASE AKA "options = 0000\n", 5, 5, OFFSET},
	{"rotation of four octets", BASE AKA "rotation = 40002040\n", 5, 5, OFFSET},
	{"constants of 16 octets", BASE AKA "constants = 00112233445566778899AABBCCDDEEFF\n", 5, 5, OFFSET},
	{"counter of two octets", BASE AKA "counter-max = 0001\n", 5, 5, OFFSET},
	{"no Keccak at all", BASE AKA "keccak = 0\n", 3, 5, OFFSET},
	{"two sequence numbers", BASE AKA "sqn-init = 000000000000 000000000001\n", 3, 5, OFFSET},
	{"sequence number too big", BASE AKA "sqn-init = 080000000000\n", 3, 5, OFFSET},
	{"delta too big", BASE AKA "sqn-delta = 080000000000\n", 3, 5, OFFSET},
	{"age limit of five octets", BASE AKA "sqn-age = 0000000000\n", 5, 5, OFFSET},
	{"parameters of no application", BASE "[element akaParameter]\nmap-from = A0000000871004\n", 6, 5, OFFSET},
	{"parameters of itself", BASE "[element akaParameter]\nmap-from = " USIM_AID "\n", 6, 5, OFFSET},
};

#define CSIM MF PUK PIN "[element csim]\nall = 8\nadf-csim = fid 7FC0, aid A0000003431002, pins 01\n[element cdmaParameter]\n"

static const struct row apps[] = {
	{"CDMA key of seven octets", CSIM "key = 01020304050607\n", 5, 5, OFFSET},
	{"SSD of 15 octets", CSIM "key = 0102030405060708\nssd = 000102030405060708090A0B0C0D0E\n", 5, 5, OFFSET},
	{"HRPD data of one octet", CSIM "key = 0102030405060708\nhrpd = 01\n", 5, 5, OFFSET},
	{"security domain's AID twice", KEYS("[element securityDomain 2]\n" INSTANCE), 6, 6, OFFSET},
	{"security domain's AID of four octets", BASE "[element securityDomain]\npackage = A0000001\nclass = A000000151535041\ninstance = A000000151000000\n"
		"privileges = 80\nparameters = 00\n", 5, 5, OFFSET},
	{"privileges of two octets", BASE "[element securityDomain]\npackage = A000000151\nclass = A000000151535041\ninstance = A000000151000000\n"
		"privileges = 8000\nparameters = 00\n", 3, 5, OFFSET},
	{"life cycle of a security domain", BASE "[element securityDomain]\nlife-cycle = 01\n" INSTANCE, 3, 5, OFFSET},
	{"operator's security domain below another", BASE SD "extradite = A000000151000009\n", 6, 5, ANY},
	{"key twice", KEYS("key 01/01 = aes 000102030405060708090A0B0C0D0E0F\nkey 01/02 = aes 000102030405060708090A0B0C0D0E0F\n"
		"key 0101 = aes 000102030405060708090A0B0C0D0E0F"), 6, 5, OFFSET},
	{"key type that is not known", KEYS("key 01/01 = type 11, value 00"), 10, 5, OFFSET},
	{"AES key of 15 octets", KEYS("key 01/01 = aes 000102030405060708090A0B0C0D0E"), 3, 5, OFFSET},
	{"DES key of 15 octets", KEYS("key 01/01 = des 000102030405060708090A0B0C0D0E"), 3, 5, OFFSET},
	{"MAC of five octets", KEYS("key 01/01 = aes 000102030405060708090A0B0C0D0E0F, mac 5"), 3, 5, OFFSET},
	{"key version 00", KEYS("key 00/01 = aes 000102030405060708090A0B0C0D0E0F"), 3, 5, OFFSET},
	{"key usage of three octets", KEYS("key 01/01 = aes 000102030405060708090A0B0C0D0E0F, usage 181818"), 5, 5, OFFSET},
	{"personal data that is no grouping", KEYS("personal-data = 0070056601"), 6, 5, OFFSET},
	{"restrictions", KEYS("restrict = 01"), 10, 5, OFFSET},
	{"CAT_TP", KEYS("cat-tp-sdu = 1024"), 10, 5, OFFSET},
	{"TAR of two octets", KEYS(RFM("01") "tar = B000"), 5, 6, OFFSET},
	{"TAR twice in a list", KEYS(RFM("01") "tar = B00010 B00010"), 6, 6, OFFSET},
	{"TAR of another", KEYS(RFM("01") "tar = B00010\n" RFM("02") "tar = B00010"), 6, 7, OFFSET},
	{"no TAR", KEYS(RFM("01")), 6, 6, OFFSET},
	{"nine TARs", KEYS(RFM("01") "tar = B00010 B00011 B00012 B00013 B00014 B00015 B00016 B00017 B00018"), 4, 6, OFFSET},
	{"security level of two octets", BASE SD "[element rfm]\ninstance = A00000055910100001\ntar = B00010\nsecurity-level = 1616\naccess = 00\n"
		"admin-access = 00\n", 5, 6, OFFSET},
	{"rfm of no security domain", KEYS(RFM("01") "tar = B00010\ndomain = A000000151000009"), 6, 6, OFFSET},
	{"rfm of a security domain that is not personalised", BASE "[element securityDomain]\n" INSTANCE RFM("01") "tar = B00010\n", 6, 6, OFFSET},
	{"rfm's AID twice", KEYS(RFM("01") "tar = B00010\n[element rfm 2]\ninstance = A0000005591010000001\nsecurity-level = 16\naccess = 00\nadmin-access = 00\n"
		"tar = B00011"), 6, 7, OFFSET},
	{"rfm of no ADF", KEYS(RFM("01") "tar = B00010\nadf = A0000000871004\nadf-access = 00\nadf-admin-access = 00"), 6, 6, OFFSET},
};

static enum rsp_status
feed(struct rsp_ctx *c, struct profile_reader *r, struct bytes package, struct pe_status *failed)
{
	enum rsp_status st = RSP_OK;
	struct tlv t;

	while (st == RSP_OK && package.n) {
		assert_status(tlv_next(&package, &t), RSP_OK);
		st = profile_reader_add(r, c, t.whole, failed);
	}
	return st;
}

/* EUICCResponse: the last PEStatus is the failing element's, and the installation is aborted. */
static void
answer_says(struct rsp_ctx *c, const struct profile_reader *r, const struct pe_status *failed)
{
	struct bytes der, list;
	struct tlv response, statuses, last, t;

	assert_status(profile_response(c, profile_reader_result(r), failed, &der), RSP_OK);
	assert_status(tlv_only(der, 0x30, &response), RSP_OK);
	assert_true(tlv_find(response.value, 0x81, &t));
	assert_true(tlv_find(response.value, 0xA0, &statuses));
	for (list = statuses.value; list.n;)
		assert_status(tlv_next(&list, &last), RSP_OK);
	assert_true(tlv_find(last.value, 0x80, &t));
	assert_int_equal(t.value.p[0], failed->status);
	assert_int_equal(tlv_find(last.value, 0x81, &t), failed->identification >= 0);
	assert_int_equal(tlv_find(last.value, 0x83, &t), failed->offset >= 0);
}

/* Says what differs. */
static bool
refuses(struct rsp_ctx *c, const struct row *row)
{
	struct profile_reader *r = NULL;
	struct pe_status failed;
	struct bytes package;
	enum rsp_status st;
	bool same;

	if (profile_build_unchecked(c, rsp_sprintf(c, "[profile]\niccid = 8900101000000000001\n%s", row->text), &package) != RSP_OK) {
		print_error("%s: %s\n", row->name, c->error.text);
		return false;
	}
	assert_status(profile_reader_new(&r), RSP_OK);
	st = feed(c, r, package, &failed);
	same = st != RSP_OK && failed.status == row->status && failed.identification == row->identification && (row->offset == ANY || failed.offset >= 0);
	if (!same)
		print_error("%s: %s: status %u of element %d, offset %d, want %u of %d: %s\n", row->name, rsp_status_name(st), failed.status,
			failed.identification, failed.offset, row->status, row->identification, c->error.text);
	if (same)
		answer_says(c, r, &failed);
	profile_reader_free(r);
	return same && strlen(c->error.text) > 10;
}

#define REFUSES_ALL(name, rows) \
	static void name(void **state) \
	{ \
		const struct row *row; \
		bool all = true; \
\
		FOR_EACH_ROW(rows, row) \
			all = refuses(fresh_ctx(state), row) && all; \
		assert_true(all); \
	}

REFUSES_ALL(what_a_header_asks_for_in_vain, headers)
REFUSES_ALL(elements_out_of_order, orders)
REFUSES_ALL(elements_of_no_known_form, forms)
REFUSES_ALL(files_that_cannot_be, files)
REFUSES_ALL(codes_and_parameters_that_cannot_be, codes)
REFUSES_ALL(applications_that_cannot_be, apps)

/* What each row starts from is taken; so is each without `mandated` that the card has not. */
static void
what_is_right_is_taken(void **state)
{
	static const char *const rows[] = {
		BASE, BASE AKA, BASE SD RFM("01") "tar = B00010\n",
		BASE "[element nonStandard]\nmandated = no\nissuer = 2.999.1\ncontent = 00\n",
		BASE SD "[element application]\nmandated = no\nload-package = A0000000090003\nload-block = 00\n",
		BASE "[raw]\nder = AB05A003810163\n", BASE "[raw]\nder = AB00\n",
		BASE "[raw]\nder = B40DA003810163810667810F010263\n",
	};
	const char *const *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		const struct profile *p;
		struct bytes package;

		if (profile_build_unchecked(c, rsp_sprintf(c, "[profile]\niccid = 8900101000000000001\n%s", *row), &package) != RSP_OK ||
			profile_read(c, package, &p) != RSP_OK)
			fail_msg("%s: %s", *row, c->error.text);
	}
}

/* Each element that the card goes on without has its PEStatus, then comes the one that says how it ended. */
static void
every_failing_element_is_in_the_answer(void **state)
{
	static const struct { const char *text, *answer; } rows[] = {
		{BASE, "3007A0053003800100"},
		{BASE "[element nonStandard]\nmandated = no\nissuer = 2.999.1\ncontent = 00\n" SD
			"[element application]\nmandated = no\nidentification = 300\nload-package = A0000000090003\nload-block = 00\n[raw]\nder = AB00\n",
			"301DA01B" "3006800101810105" "30078001078102012C" "3003800101" "3003800100"},
		{BASE "[element nonStandard]\nmandated = no\nissuer = 2.999.1\ncontent = 00\n[element opt-usim]\nef-li = sfi 31\n",
			"3017A013" "3006800101810105" "3009800106810106830118" "8100"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct profile_reader *r = NULL;
		struct pe_status failed;
		struct bytes package, der;
		enum rsp_status st;

		assert_status(profile_build_unchecked(c, rsp_sprintf(c, "[profile]\niccid = 8900101000000000001\n%s", row->text), &package), RSP_OK);
		assert_status(profile_reader_new(&r), RSP_OK);
		st = feed(c, r, package, &failed);
		assert_status(profile_response(c, profile_reader_result(r), st == RSP_OK ? NULL : &failed, &der), RSP_OK);
		assert_hex_equal(c, der, row->answer);
		profile_reader_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_is_taken),
		cmocka_unit_test(every_failing_element_is_in_the_answer),
		cmocka_unit_test(what_a_header_asks_for_in_vain),
		cmocka_unit_test(elements_out_of_order),
		cmocka_unit_test(elements_of_no_known_form),
		cmocka_unit_test(files_that_cannot_be),
		cmocka_unit_test(codes_and_parameters_that_cannot_be),
		cmocka_unit_test(applications_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
