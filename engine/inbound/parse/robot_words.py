"""The words by which mail systems mark what no person wrote: reports, absences, delays.

Data only, as words.py; a new language is a word in each list and a mail in the tests.
"""

from __future__ import annotations

AUTOREPLY_SUBJECTS = """
out of office|out of the office|out-of-office|ooo|automatic reply|auto reply|auto-reply|autoreply|auto response|
auto-response|autoresponse|automated reply|automatic response|automated response|away from|
away until|on vacation|vacation reply|vacation|currently away|
i am away|i'm away|i am out|on leave|annual leave|maternity leave|parental leave|sick leave|
abwesenheit|abwesenheitsnotiz|abwesenheitsnachricht|abwesend|automatische antwort|automatische rückantwort|
nicht im büro|außer haus|nicht im hause|im urlaub|
réponse automatique|absence du bureau|absent du bureau|absence|message d.absence|en congé|en congés|en vacances|
respuesta automática|respuesta automatica|respuesta de ausencia|fuera de la oficina|fuera de oficina|de vacaciones|
resposta automática|resposta automatica|ausência|ausencia|ausente|fora do escritório|de férias|
risposta automatica|fuori ufficio|fuori sede|assente|assenza|in ferie|
automatisch antwoord|automatische beantwoording|automatische reactie|niet op kantoor|
afwezig|afwezigheid|afwezigheidsbericht|niet aanwezig|
autosvar|automatiskt svar|automatisk svar|automatisk besvarelse|fraværsbesked|fraværsmelding|frånvaromeddelande|
frånvaro|fravær|fraværende|ikke til stede|ikke på kontoret|inte på kontoret|på semester|på ferie|
poissa|automaattinen vastaus|poissaoloilmoitus|poissaolo|lomalla|
autoodpowiedź|autoodpowiedz|odpowiedź automatyczna|automatyczna odpowiedź|poza biurem|nieobecność|
automatická odpověď|automatická odpoveď|mimo kancelář|mimo kancelárie|nepřítomnost|neprítomnosť|
automatikus válasz|házon kívül|szabadságon|
otomatik yanıt|otomatik cevap|ofis dışında|ofis dışındayım|
автоответ|автоматический ответ|вне офиса|нет на месте|в отпуске|автоматична відповідь|автовідповідь|
автоматичен отговор|răspuns automat|în afara biroului|
自動応答|自動返信|不在通知|不在のお知らせ|自动回复|自动答复|自動回覆|外出|不在|
부재중|자동 응답|자동응답|자동 회신|자동회신|
trả lời tự động|balasan otomatis|ตอบกลับอัตโนมัติ|
automatski odgovor|samodejni odgovor|автоматски одговор|automaatvastus|automatinis atsakymas|automātiskā atbilde|
i am out of the office|i'm out of the office|i am out of office|away from the office|away from my desk|frånvarande|
automatische abwesenheitsnotiz|automatische abwesenheitsnachricht|
poissa toimistosta|ausência temporária|sjálfvirkt svar|işyeri dışında|
απουσία|αυτόματη απάντηση|εκτός γραφείου|מענה אוטומטי|תשובה אוטומטית|رد تلقائي
"""

# Alone they are as well a person's subject: "Vacation" may be a wish.
WEAK_SUBJECTS = """
i am out of the office|i'm out of the office|i am out of office|
away from the office|away from my desk|frånvarande|poissa toimistosta|ausência temporária|işyeri dışında|
vacation|absence|absent|away from|away until|on leave|annual leave|maternity leave|parental leave|sick leave|ooo|
i am away|i'm away|i am out|on vacation|currently away|abwesend|abwesenheit|außer haus|im urlaub|nicht im hause|
en congé|en congés|en vacances|de vacaciones|ausência|ausencia|ausente|de férias|assenza|assente|in ferie|
afwezig|afwezigheid|niet aanwezig|niet op kantoor|poissa|poissaolo|lomalla|fravær|fraværende|frånvaro|
ikke til stede|ikke på kontoret|inte på kontoret|på semester|på ferie|nieobecność|poza biurem|mimo kancelář|
nepřítomnost|neprítomnosť|szabadságon|házon kívül|ofis dışında|нет на месте|в отпуске|вне офиса|外出|不在|부재중|
fora do escritório|fuori sede|fuori ufficio|fuera de oficina|fuera de la oficina|nicht im büro|απουσία
"""

BOUNCE_SUBJECTS = """
undeliver|delivery status notification|delivery failure|delivery failed|failure notice|failure delivery|
returned mail|mail delivery failed|mail delivery failure|mail delivery system|mail system error|delivery report|
delivery notification|delivery status|returned to sender|return to sender|could not be delivered|
was not delivered|wasn't delivered|
failed delivery|message not delivered|mail not delivered|email bounce|bounce notification|bounce message|
nondeliverable|non-deliverable|
non-delivery|non delivery|nondelivery|ndn:|ndr:|rejected:|user unknown|mailbox full|address not found|
unable to deliver|unable to send|
message delivery|mail delivery|delivery warning|error sending|mail failed|mail failure|mail error|message error|
problem delivering|delivery problem|delivery attempt|postmaster notify|warning: could not send|delivery delayed|
delayed mail|message delayed|delivery incomplete|mail could not|not delivered|delivery error|
cannot send message|can't send message|message you sent|blocked by|smtp server: errors|message rejected|mail rejected|
unzustellbar|nicht zustellbar|nicht zugestellt|unzustellbarkeit|zustellung fehlgeschlagen|zustellung verzögert|
fehler bei der zustellung|
non remis|non délivré|non distribué|non-remise|échec de la remise|échec de remise|échec de la distribution|
retour à l.expéditeur|
no se puede entregar|no se ha podido entregar|no entregado|no entregada|devuelto al remitente|error de entrega|
não entregue|não foi entregue|falha na entrega|falha de entrega|não pôde ser entregue|devolvida ao remetente|
mancato recapito|mancata consegna|non recapitabile|impossibile recapitare|consegna non riuscita|
onbestelbaar|niet bezorgd|niet afgeleverd|bezorging mislukt|kan niet worden bezorgd|
ikke leveret|kan ikke leveres|kunne ikke leveres|uleveret|ikke levert|ej levererat|olevererbart|kunde inte levereras|
går inte att leverera|ei toimitettu|toimittamatta|ei voitu toimittaa|
nie można dostarczyć|niedostarczona|niedostarczenie|nie dostarczono|zwrot wiadomości|
nedoručitelné|nedoručená|nedoručiteľn|nelze doručit|kézbesíthetetlen|kézbesítési hiba|nem kézbesíthető|
teslim edilemedi|teslim edilemeyen|iletilemedi|nelivrat|nu a putut fi livrat|nije isporučen|ni mogoče dostaviti|
недоставлен|не доставлен|не удалось доставить|невозможно доставить|ошибка доставки|
не вдалося доставити|не доставлено|недоставлено|
不達|配信不能|配信できません|配信に失敗|配信失敗|配送エラー|配信エラー|送信エラー|メールエラー|エラー通知|
送信できませんでした|宛先不明|お届けできません|返送
|未送达|退信|无法投递|投递失败|发送失败|無法傳遞|傳送失敗|無法投遞|系统退信|
배달되지 않음|배달 실패|전송 실패|반송|발송 실패|thư không gửi được|không gửi được
"""

TROUBLE = """
unknown|not found|no such|doesn.t exist|does not exist|do not exist|not exist|is full|full|quota|undeliver|fail|
reject|denied|refused|invalid|unrecognized|unable|couldn.t|could not|cannot|can't|disabled|inactive|expired|bounce|
unreachable|did not receive|did not reach|not listed|suspended|error|blocked|postponed|spam|timed out|not known|
doesn.t have|over quota|overquota|too large|too big|not delivered|mailbox|delayed|deferred|no longer|not accept|
not allowed|not permitted|discarded|returned|
失敗|できません|エラー|不明|一杯|存在しません|届けられ|拒否|
nicht zugestellt|unbekannt|nicht gefunden|abgelehnt|überschritten|nicht erreichbar|fehlgeschlagen|existiert nicht|
introuvable|inconnu|refusé|échou|n.existe pas|dépassé|rejeté|n.a pas pu|
no existe|no se ha podido|no se pudo|desconocid|rechazad|superado|no encontrad|
não existe|não foi|não pôde|rejeitad|desconhecid|excedid|
non esiste|sconosciut|rifiutat|impossibile|non è stato|
bestaat niet|onbekend|geweigerd|niet bezorgd|
не существует|не найден|не доставлен|переполнен|отклонен|отклонён|неизвестн|ошибка|невозможно|заблокирован|
odrzucon|nie istnieje|nie można|neexistuje|nelze|nem létezik|bulunamadı|mevcut değil|reddedildi|
不存在|拒收|失败|无法|無法|未知|已满|없는|실패|거부|초과
"""

STILL_TRYING = """
will retry|will continue to|will keep trying|will be retried|will try again|will be attempted|will attempt|
still trying|still being tried|still queued|still in the queue|will keep retrying|retry until|retries will continue|
do not need to resend|need not resend|not need to re-send|warning message only|warning only|delayed|
has not yet been delivered|not yet been delivered|
not been able to deliver yet|attempts will continue|temporary failure report|
wird weiterhin versucht|weitere zustellversuche|nouvelle tentative|se seguirá intentando|попытки будут|再送
"""

GAVE_UP = """
giving up|gave up|given up|permanent|(?<!non-)fatal|has been removed|too long|expired|no further|not going to try again|
could not be delivered for|has been returned|cannot send message for|was deleted from the queue
"""

TEMPORARY = """
timed out|time out|timeout|connection refused|try again|deferred|temporar|greylist|graylist|retry|expired|
unreachable|not responding|busy|too many connections|rate limit|4 hours|dns failure|name server failure|no route to
"""
