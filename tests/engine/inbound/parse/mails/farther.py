"""The languages beyond languages.py, in the same form."""

from __future__ import annotations

from tests.engine.inbound.parse.mails.languages import WHO, Language

FARTHER = (
    Language(
        "tr",
        "Pazartesi Jo testleri yazdı.\nYarın kalanı.",
        (
            f"{WHO}, 3 Mar 2026 Sal, 18:00 tarihinde şunu yazdı:",
            f"{WHO} şunları yazdı (3 Mar 2026 18:00):",
            "3.03.2026 18:00 tarihinde Ada Lovelace yazdı:",
        ),
        ("Kimden", "Gönderildi", "Kime", "Konu"),
        "3 Mart 2026 Salı 18:00",
        "Orijinal Mesaj",
        "iPhone'umdan gönderildi",
    ),
    Language(
        "he",
        "ביום שני כתב ג'ו את הבדיקות.\nמחר השאר.",
        (
            (
                "\u202bבתאריך יום ג׳, 3 במרץ 2026 ב-18:00 מאת \u202aAda Lovelace\u202c\u200f "
                "<\u202aada.lovelace@example.org\u202c\u200f>:\u202c"
            ),
            f"ב-3 במרץ 2026, בשעה 18:00, {WHO} כתב/ה:",
            "בתאריך 03/03/2026 18:00, Ada Lovelace כתב:",
        ),
        ("מאת", "נשלח", "אל", "נושא"),
        "יום שלישי 3 מרץ 2026 18:00",
        "הודעה מקורית",
        "נשלח מה-iPhone שלי",
    ),
    Language(
        "ar",
        "يوم الاثنين كتب جو الاختبارات.\nغدا الباقي.",
        (
            f"في الثلاثاء، 3 مارس 2026 في 6:00 م تمت كتابة ما يلي بواسطة {WHO}:",
            f"في 3 مارس 2026، الساعة 6:00 م، كتب {WHO}:",
            f"في ٣ مارس ٢٠٢٦، الساعة ٦:٠٠ م، كتب {WHO}:",
        ),
        ("من", "تم الإرسال", "إلى", "الموضوع"),
        "الثلاثاء، 3 مارس 2026 18:00",
        "الرسالة الأصلية",
        "أُرسلت من الـ iPhone",
    ),
    Language(
        "ja",
        "月曜日にテストを書きました。\n明日は残りを書きます。",
        (
            f"2026年3月3日(火) 18:00 {WHO}:",
            f"2026/03/03 18:00、{WHO}のメール:",
            f"2026年3月3日 18:00、{WHO} のメッセージ:",
            "2026/03/03 18:00、Ada Lovelace さんは書きました:",
        ),
        ("差出人", "送信日時", "宛先", "件名"),
        "2026年3月3日 18:00",
        "元のメッセージ",
        "iPhoneから送信",
    ),
    Language(
        "ko",
        "월요일에 테스트를 작성했습니다.\n내일은 나머지입니다.",
        (
            f"2026년 3월 3일 (화) 오후 6:00, {WHO}님이 작성:",
            f"2026. 3. 3. 오후 6:00, {WHO} 작성:",
            "2026. 3. 3. 18:00에 Ada Lovelace 이(가) 쓴 글:",
        ),
        ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
        "2026년 3월 3일 화요일 오후 6:00",
        "원본 메시지",
        "나의 iPhone에서 보냄",
    ),
    Language(
        "zh-cn",
        "星期一我写了测试。\n明天写剩下的。",
        (
            f"{WHO} 于2026年3月3日周二 18:00写道：",
            f"2026年3月3日 18:00，{WHO} 写道：",
            f"在 2026年3月3日，18:00，{WHO} 写道：",
            "在 2026/3/3 18:00, Ada Lovelace 写道:",
            '在 2026-03-03 18:00:00，"Ada Lovelace" <ada.lovelace@example.org> 写道：',
        ),
        ("发件人", "发送时间", "收件人", "主题"),
        "2026年3月3日 18:00",
        "原始邮件",
        "从我的 iPhone 发送",
    ),
    Language(
        "zh-tw",
        "星期一我寫了測試。\n明天寫剩下的。",
        (
            f"{WHO} 於 2026年3月3日週二 下午6:00寫道：",
            f"{WHO} 於 2026年3月3日 下午6:00 寫道：",
            "Ada Lovelace 於 2026/3/3 18:00 寫道:",
        ),
        ("寄件者", "寄件日期", "收件者", "主旨"),
        "2026年3月3日 下午 06:00",
        "原始郵件",
        "從我的 iPhone 傳送",
    ),
    Language(
        "vi",
        "Vào thứ hai Jo đã viết các bài kiểm tra.\nNgày mai phần còn lại.",
        (
            f"Vào Th 3, 3 thg 3, 2026 vào lúc 18:00 {WHO} đã viết:",
            f"Vào 18:00, 3 thg 3, 2026, {WHO} đã viết:",
            "Vào 03/03/2026 18:00, Ada Lovelace đã viết:",
        ),
        ("Từ", "Đã gửi", "Đến", "Chủ đề"),
        "Thứ Ba, 3 tháng 3, 2026 18:00",
        "Thư gốc",
        "Đã gửi từ iPhone của tôi",
    ),
    Language(
        "th",
        "เมื่อวันจันทร์โจเขียนการทดสอบ\nพรุ่งนี้ส่วนที่เหลือ",
        (
            f"ในวันที่ อ. 3 มี.ค. 2026 เวลา 18:00 {WHO} เขียนว่า:",
            f"เมื่อ อ. 3 มี.ค. 2569 เวลา 18:00 {WHO} เขียนว่า:",
        ),
        ("จาก", "ส่ง", "ถึง", "เรื่อง"),
        "3 มีนาคม 2569 18:00",
        "ข้อความต้นฉบับ",
        "ส่งจาก iPhone ของฉัน",
    ),
    Language(
        "id",
        "Pada hari Senin Jo menulis tes.\nBesok sisanya.",
        (
            f"Pada tanggal Sel, 3 Mar 2026 pukul 18.00 {WHO} menulis:",
            f"Pada 3 Mar 2026, pada 18.00, {WHO} menulis:",
            "Pada 03/03/2026 18:00, Ada Lovelace menulis:",
        ),
        ("Dari", "Dikirim", "Kepada", "Subjek"),
        "Selasa, 3 Maret 2026 18:00",
        "Pesan Asli",
        "Dikirim dari iPhone saya",
    ),
    Language(
        "ca",
        "El dilluns en Jo va escriure les proves.\nDemà la resta.",
        (
            f"Missatge de {WHO} del dia dt., 3 de març 2026 a les 18:00:",
            f"El dia 3 març 2026, a les 18:00, {WHO} va escriure:",
            "El 3/3/26 a les 18:00, Ada Lovelace ha escrit:",
        ),
        ("De", "Enviat", "Per a", "Assumpte"),
        "dimarts, 3 de març de 2026 18:00",
        "Missatge original",
        "Enviat des del meu iPhone",
    ),
    Language(
        "hr",
        "U ponedjeljak je Jo napisao testove.\nSutra ostatak.",
        (
            f"uto, 3. ožu 2026. u 18:00 {WHO} napisao je:",
            f"Dana 3. ožu 2026. u 18:00 korisnik {WHO} napisao je:",
            "Dana 3.3.2026. u 18:00, Ada Lovelace je napisao/la:",
        ),
        ("Šalje", "Poslano", "Prima", "Predmet"),
        "utorak, 3. ožujka 2026. 18:00",
        "Izvorna poruka",
        "Poslano s mog iPhonea",
    ),
    Language(
        "sl",
        "V ponedeljek je Jo napisal teste.\nJutri ostalo.",
        (
            f"V V tor., 3. mar. 2026 ob 18:00 je oseba {WHO} napisala:",
            "Dne 3. 03. 2026 ob 18:00 je Ada Lovelace napisal(a):",
        ),
        ("Od", "Poslano", "Za", "Zadeva"),
        "torek, 3. marec 2026 18:00",
        "Izvirno sporočilo",
        "Poslano iz mojega iPhona",
    ),
    Language(
        "et",
        "Esmaspäeval kirjutas Jo testid.\nHomme ülejäänu.",
        (
            f"Kuupäev T, 3. märts 2026 kell 18:00 kirjutas {WHO}:",
            "Ada Lovelace kirjutas 03.03.2026 kell 18:00:",
        ),
        ("Saatja", "Saadetud", "Adressaat", "Teema"),
        "teisipäev, 3. märts 2026 18:00",
        "Algsõnum",
        "Saadetud minu iPhone'ist",
    ),
    Language(
        "lv",
        "Pirmdien Džo rakstīja testus.\nRīt pārējais.",
        (
            "otrd., 2026. g. 3. marts, plkst. 18:00 — lietotājs Ada Lovelace (<ada.lovelace@example.org>) rakstīja:",
            "03.03.2026. 18:00, Ada Lovelace rakstīja:",
        ),
        ("No", "Nosūtīts", "Kam", "Temats"),
        "otrdiena, 2026. gada 3. marts 18:00",
        "Sākotnējā ziņa",
        "Nosūtīts no mana iPhone",
    ),
    Language(
        "lt",
        "Pirmadienį Džo rašė testus.\nRytoj likusi dalis.",
        (
            f"2026-03-03, an, 18:00 {WHO} rašė:",
            "2026-03-03 18:00, Ada Lovelace rašė:",
        ),
        ("Nuo", "Išsiųsta", "Kam", "Tema"),
        "2026 m. kovo 3 d., antradienis 18:00",
        "Originalus laiškas",
        "Išsiųsta iš mano iPhone",
    ),
    Language(
        "sr",
        "У понедељак је Џо написао тестове.\nСутра остатак.",
        (
            f"уто, 3. мар 2026. у 18:00 {WHO} је написао/ла:",
            "Дана 3.3.2026. у 18:00, Ada Lovelace је написао/ла:",
        ),
        ("Од", "Послато", "За", "Наслов"),
        "уторак, 3. март 2026. 18:00",
        "Оригинална порука",
        "Послато са мог iPhone-а",
    ),
)
