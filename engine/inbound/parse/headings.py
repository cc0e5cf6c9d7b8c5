"""The words under which people report what is done, what they do next and what blocks them, in many languages.

Data only, as in words.py: a word alone on a line with a mark or a list below it is a heading, a word with a colon in
front of other words leads them.
"""

from __future__ import annotations

DONE = """
done|did|finished|completed|shipped|accomplished|achieved|closed|yesterday|done today|done yesterday|today i did|
what i did|what i have done|last week|accomplishments|progress|wins|
erledigt|gemacht|fertig|geschafft|gestern|abgeschlossen|letzte woche|fait|faits|terminé|terminés|hier|réalisé|
hecho|hechos|terminado|ayer|completado|logrado|fatto|fatti|ieri|completato|finito|feito|feitos|concluído|ontem|
gedaan|gisteren|klaar|afgerond|klart|gjort|färdigt|igår|i går|ferdig|færdig|tehty|valmis|eilen|
zrobione|wczoraj|ukończone|hotovo|včera|dokončeno|hotové|kész|tegnap|făcut|ieri|terminat|
сделано|сделал|сделала|готово|вчера|зроблено|зробив|зробила|вчора|готове|направено|έγινε|χθες|ολοκληρώθηκε|
yapıldı|dün|tamamlandı|bitti|בוצע|אתמול|تم|أمس|完成|完了|昨日|昨天|已完成|やったこと|完了したこと|완료|어제|
한 일|đã làm|hôm qua|
เสร็จแล้ว|เมื่อวาน|selesai|kemarin|fet|ahir|napravljeno|jučer|urejeno|včeraj|tehtud|eile|padarīts|vakar|padaryta
"""
DOING = """
doing|in progress|wip|ongoing|working on|next|up next|next up|todo|to do|to-do|todos|today|tomorrow|plan|plans|
planned|
will do|next steps|next week|what i'm doing|what i am doing|what i will do|
in arbeit|als nächstes|nächste schritte|morgen|heute|geplant|en cours|demain|aujourd'hui|à faire|prochaines étapes|
en curso|haciendo|hoy|mañana|pendiente|pendientes|por hacer|in corso|oggi|domani|da fare|prossimi passi|
fazendo|em andamento|hoje|amanhã|a fazer|próximos passos|bezig|mee bezig|vandaag|morgen|te doen|
pågår|nästa|idag|i dag|imorgon|i morgon|i morgen|att göra|igang|i gang|neste|næste|kesken|tänään|huomenna|
w trakcie|dzisiaj|dziś|jutro|do zrobienia|probíhá|dnes|zítra|rozpracované|zajtra|folyamatban|ma|holnap|
în lucru|astăzi|azi|mâine|в работе|делаю|сегодня|завтра|план|планы|у роботі|роблю|сьогодні|в процес|днес|утре|
σε εξέλιξη|σήμερα|αύριο|yapılıyor|devam eden|bugün|yarın|בתהליך|היום|מחר|قيد التنفيذ|اليوم|غدا|
进行中|作業中|今日|今天|明日|明天|计划|計畫|やること|進行中|진행 중|오늘|내일|할 일|đang làm|hôm nay|ngày mai|
กำลังทำ|วันนี้|พรุ่งนี้|sedang dikerjakan|hari ini|besok|en procés|avui|demà|u tijeku|danas|sutra|v teku|danes|
jutri|
pooleli|täna|homme|procesā|šodien|rīt|vykdoma|šiandien|rytoj
"""
BLOCKED = """
blocked|blocker|blockers|blocked by|blocked on|stuck|impediment|impediments|obstacle|obstacles|issues|problems|
waiting|waiting for|waiting on|help needed|
blockiert|blocker|hindernisse|hindernis|probleme|wartet auf|bloqué|bloqués|bloquant|bloquants|blocages|blocage|
obstacles|
bloqueado|bloqueos|bloqueo|impedimentos|obstáculos|bloccato|blocchi|impedimenti|ostacoli|bloqueios|bloqueada|
geblokkeerd|blokkades|obstakels|blockerad|hinder|blokkert|hindringer|blokeret|estetty|esteet|
zablokowane|blokery|przeszkody|blokováno|překážky|blokované|prekážky|akadály|blokkolva|blocat|blocaje|
заблокировано|блокеры|препятствия|проблемы|заблоковано|блокери|перешкоди|блокирано|μπλοκαρισμένο|εμπόδια|
engellendi|engeller|engel|חסום|חסמים|معطل|عوائق|阻塞|受阻|障碍|ブロック|ブロッカー|課題|困っていること|막힘|
장애물|이슈|
bị chặn|trở ngại|ติดขัด|terhambat|hambatan|bloquejat|bloquejos|blokirano|prepreke|ovire|blokeeritud|takistused|
bloķēts
"""
NOTE = """
note|notes|other|misc|fyi|random|sonstiges|notizen|autres|otros|altro|outros|overig|övrigt|annet|andet|inne|ostatní|
прочее|інше|その他|其他|기타
"""
GREETINGS = """
hi|hello|hey|hey there|hi there|hello there|good morning|good afternoon|good evening|dear|hallo|hi zusammen|
moin|servus|
guten morgen|guten tag|guten abend|liebe|lieber|liebes|bonjour|bonsoir|salut|cher|chère|hola|buenos días|buenas|
buenas tardes|estimado|estimada|ciao|buongiorno|buonasera|olá|oi|bom dia|boa tarde|hoi|goedemorgen|goedemiddag|
beste|
hej|hejsan|god morgon|hei|god morgen|moi|hei vaan|huomenta|cześć|dzień dobry|ahoj|dobrý den|szia|sziasztok|bună|
привет|здравствуйте|добрый день|доброе утро|привіт|добрий день|здравей|здравейте|γεια|γεια σας|καλημέρα|merhaba|
selam|günaydın|שלום|היי|مرحبا|السلام عليكم|你好|大家好|您好|早上好|こんにちは|お疲れ様です|おはようございます|
안녕하세요|
xin chào|chào|สวัสดี|halo|selamat pagi|bok|pozdrav|zdravo|živjo|tere|sveiki|labas
"""
