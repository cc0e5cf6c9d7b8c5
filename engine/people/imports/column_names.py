"""What columns are called, in 21 languages, without spaces, marks and accents.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Norwegian, Finnish, Czech,
Hungarian, Turkish, Russian, Ukrainian, Greek, Chinese, Japanese, Korean.
"""

from __future__ import annotations

NAMES = {
    "email": """
        email mail emailaddress mailaddress emailadresse mailadresse eposta epost epostadress epostadresse
        adressemail adresseemail adresseelectronique courriel correo correoelectronico indirizzoemail
        postaelettronica enderecodeemail correioeletronico emailadres adresemail adrespocztyelektronicznej
        sahkoposti sahkopostiosoite emailova adresaemail emailcim epostaadresi почта электроннаяпочта
        елпошта електроннапошта ηλεκτρονικηδιευθυνση 邮箱 电子邮件 电子邮箱 電子郵件 メール メールアドレス
        eメール 이메일 이메일주소 emailid primaryemail workemail
    """,
    "name": """
        name fullname displayname vollername vollstandigername nomcomplet nombrecompleto nomecompleto
        volledigenaam naam imieinazwisko fulltnavn namn navn nimi celejmeno nev adsoyad имя фио полноеимя
        повнеімя ονοματεπωνυμο 姓名 名前 氏名 이름 성명 contact kontakt nomprenom
    """,
    "first_name": """
        firstname givenname forename vorname prenom nombre nombredepila nome nomeproprio primeironome
        voornaam imie fornamn fornavn etunimi jmeno krestnijmeno keresztnev utonev ad isim имя1 ім'я імя
        ονομα 名 名字 first fname
    """,
    "last_name": """
        lastname surname familyname nachname familienname nom nomdefamille apellido apellidos cognome
        sobrenome apelido ultimonome achternaam nazwisko efternamn etternavn efternavn sukunimi prijmeni
        vezeteknev csaladnev soyad soyadi фамилия прізвище επωνυμο 姓 姓氏 성 last lname
    """,
    "zone": """
        timezone zone tz zeitzone fuseauhoraire fuseau zonahoraria fusoorario fusohorario tijdzone
        strefaczasowa tidszon tidszone aikavyohyke casovepasmo idozona saatdilimi часовойпояс часовийпояс
        ζωνηωρας 时区 時區 タイムゾーン 시간대
    """,
    "locale": """
        locale language lang sprache langue idioma lingua taal jezyk sprak sprog kieli jazyk nyelv dil язык
        мова γλωσσα 语言 語言 言語 언어
    """,
    "phone": """
        phone phonenumber telephone tel mobile mobilephone mobilenumber cell cellphone sms telefon
        telefonnummer handy handynummer mobil mobilnummer rufnummer telefone portable numerodetelephone
        mobiltelefon telefono movil celular telefonomovil cellulare telemovel telefoonnummer telefoon mobiel
        numertelefonu puhelin puhelinnumero matkapuhelin telefonszam ceptelefonu телефон мобильный τηλεφωνο
        电话 手机 電話 手機 電話番号 携帯 전화 전화번호 휴대폰
    """,
    "tags": """
        tags tag labels label groups group schlagworte schlagwort gruppen etiquettes etiquette etiquetas
        etiqueta etichette etichetta trefwoorden tagi etykiety taggar etiketter tunnisteet stitky cimkek
        etiketler теги метки мітки ετικετες 标签 標籤 タグ 태그
    """,
    "consent": """
        consent optin subscribed optedin permission einwilligung zustimmung consentement consentimiento
        consenso consentimento toestemming zgoda samtycke samtykke suostumus souhlas hozzajarulas onay
        согласие згода συγκαταθεση 同意 수신동의 newsletter
    """,
    "consent_at": """
        consentdate consentat optindate optintime optinat subscribedat subscriptiondate confirmedat
        einwilligungam einwilligungsdatum zustimmungam anmeldedatum dateconsentement dateinscription
        fechaconsentimiento dataconsenso datadeconsentimento datumtoestemming datazgody
    """,
    "consent_source": """
        consentsource optinsource source consenttext optinip einwilligungsquelle quelle herkunft
        sourceconsentement origen fonteconsenso origem bron zrodlo källa
    """,
}
