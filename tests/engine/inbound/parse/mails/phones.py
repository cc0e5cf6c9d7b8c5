"""Lines that phones and mail programs add below a reply, as their users know them."""

from __future__ import annotations

PHONES = """
Sent from my iPad
Sent from my Samsung Galaxy smartphone.
Sent from my Galaxy
Sent from my Verizon, Samsung Galaxy smartphone
Sent from my T-Mobile 4G LTE Device
Sent from my BlackBerry
Sent from my BlackBerry 10 smartphone on the Rogers network.
Sent from my mobile
Sent from my mobile device
Sent from my phone
Sent from my cell phone
Sent from my Windows Phone
Sent from my Android device with K-9
Sent from Outlook
Sent from Outlook for iOS
Sent from Outlook for Android<https://aka.ms/ghei36>
Get Outlook for iOS<https://aka.ms/o0ukef>
Get Outlook for Android
Sent from Yahoo Mail for iPhone
Sent from Yahoo Mail on Android
Sent from Mail for Windows
Sent from Mail for Windows 10
Sent from Gmail Mobile
Sent via the Samsung Galaxy S24
Sent with Proton Mail secure email.
Sent from Proton Mail Android
Sent from ProtonMail mobile
Sent from Mailspring
Sent via Superhuman iOS
Sent with Spark
Sent from my Huawei phone
Sent from TypeApp
Sent from BlueMail for Android
Sent from myMail for iOS
Sent from AOL Mobile Mail
Sent from Fairemail
Sent from my Pixel
Sent from my Xiaomi
Sent from Nine
Sent from Front
Sent from Missive
Sent from Mailbird
Sent from Polymail
Sent from Airmail
Sent from a mobile device, please excuse typos
Please excuse brevity, sent from my phone
Sent on the go
Sent from Zoho Mail
Von meinem Samsung Galaxy Smartphone gesendet.
Gesendet mit der GMX Mail App
Gesendet von Outlook für iOS
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Gesendet von Mail für Windows
Von meinem iPad gesendet
Gesendet von meinem Handy
Holen Sie sich Outlook für Android
Outlook für iOS beziehen
Envoyé depuis mon mobile
Envoyé à partir de Outlook pour iOS
Envoyé depuis l'application Mail Orange
Télécharger Outlook pour Android
Obtenez Outlook pour iOS
Envoyé de mon smartphone Samsung Galaxy.
Envoyé depuis Yahoo Mail pour Android
Obtener Outlook para Android
Enviado desde mi Samsung Mobile
Enviado desde Outlook
Enviado desde mi dispositivo móvil
Obter o Outlook para iOS
Enviado do Outlook para Android
Enviado do meu smartphone Samsung Galaxy.
Inviato dal mio dispositivo Samsung
Ottieni Outlook per iOS
Scarica Outlook per Android
Inviato da Posta per Windows
Verzonden met Outlook voor Android
Verstuurd vanaf mijn iPad
Outlook voor iOS downloaden
Download Outlook voor iOS
Skickat från Outlook för Android
Hämta Outlook för iOS
Skickades från min Samsung Galaxy
Sendt fra Outlook for Android
Hent Outlook til iOS
Sendt fra min Samsung Galaxy
Lähetetty Outlookista Androidille
Wysłane z telefonu Samsung
Pobierz Outlook dla systemu iOS
Wysłano z aplikacji Outlook
Odesláno z mobilního telefonu
Získejte Outlook pro Android
Отправлено с устройства Samsung
Отправлено из мобильной Яндекс Почты
Отправлено из Почты Mail.ru
Получите Outlook для iOS
Надіслано з мого телефону
Outlook for Android を入手
Android 版 Outlook を入手する
获取 Outlook for iOS
取得 iOS 版 Outlook
发自我的iPhone
發自我的 iPhone
来自我的华为手机
Outlook for Android 다운로드
iOS용 Outlook 다운로드
삼성 갤럭시 스마트폰에서 보냈습니다.
Android için Outlook'u edinin
Samsung cihazımdan gönderildi
Outlook für Android<https://aka.ms/AAb9ysg> herunterladen
Sent from Yahoo Mail. Get the app
Yahoo Mail: Search, Organize, Conquer
Sent using Zoho Mail
Отправлено из myMail для Android
Trimis de pe telefonul meu Samsung
Sent from my work phone
Odesláno z mobilu
Verzonden vanaf mijn mobiele telefoon
""".strip().splitlines()
