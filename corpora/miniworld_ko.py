"""The Korean miniworld: its words as tables, its sentences, and the pairs it can be asked about.

In: a `Dice`. Out: sentences of eojeol (words with their particles attached, 왕이 왕을 왕의),
written NFC, marks separated by spaces. Particles follow the last sound of the noun. The nouns
that are asked about also stand bare (왕 옆에, 프랑스 사람, 서울 거리), so a whitespace token finds
them. Smaller than the English one and not a translation of it; honorifics are left out.
"""
# ruff: noqa: E501 - a row of a table is one line, however long

from collections.abc import Callable, Iterator

from miniworld_grammar import Dice, Frame, Topic, fill, paragraphs
from miniworld_lexicon import lines, rows

# he, she | line, age | things | places | what they did
PEOPLE = """
왕, 여왕 | 왕실, 어른 | 왕좌, 옥새 | 왕국, 어전 | 왕좌에 앉았다, 왕국을 다스렸다, 옥새를 찍었다
왕자, 공주 | 왕실, 아이 | 조랑말, 탑 | 탑, 뜰 | 조랑말을 탔다, 탑에서 손을 흔들었다, 왕위를 꿈꾸었다
황제, 황후 | 왕실, 어른 | 제국, 군단 | 제국, 황궁 | 제국을 넓혔다, 군단을 거느렸다
남자, 여자 | 동네, 어른 | 우산, 신문 | 정류장, 회사 | 우산을 폈다, 신문을 넘겼다, 정류장에서 기다렸다
소년, 소녀 | 동네, 아이 | 연, 구슬 | 운동장, 골목 | 연을 날렸다, 구슬을 굴렸다, 운동장을 돌았다
아버지, 어머니 | 식구, 어른 | 도시락, 요람 | 부엌, 안방 | 도시락을 쌌다, 요람을 흔들었다, 자장가를 흥얼거렸다
아들, 딸 | 식구, 아이 | 용돈, 책가방 | 공부방, 마루 | 용돈을 받았다, 책가방을 멨다, 숙제를 끝냈다
할아버지, 할머니 | 조부, 어른 | 지팡이, 돋보기 | 툇마루, 사랑방 | 지팡이를 짚었다, 돋보기를 꺼냈다
손자, 손녀 | 조부, 아이 | 사탕, 딱지 | 다락방, 마당 | 사탕을 빨았다, 딱지를 접었다
남편, 아내 | 부부, 어른 | 결혼반지, 기념일 | 신혼집, 식장 | 결혼반지를 꼈다, 기념일을 챙겼다
삼촌, 이모 | 친척, 어른 | 선물, 엽서 | 바닷가, 펜션 | 선물을 보냈다, 엽서를 부쳤다
"""

# attribute | adjectives | things | places | what they did
ATTRIBUTES = """
왕실 | 고귀한, 거룩한 | 왕관, 궁전, 보석, 신하 | 궁전, 성, 궁궐 | 궁전을 거닐었다, 왕관을 물려받았다, 신하를 꾸짖었다, 궁궐로 돌아왔다
동네 | 평범한, 낯선 | 자전거, 이웃, 골목길 | 동네, 거리, 가게 | 동네를 둘러보았다, 이웃에게 인사했다, 거리를 걸었다, 자전거를 세웠다
식구 | 다정한, 소중한 | 식구, 저녁상, 집안일 | 집, 거실 | 식구를 도왔다, 저녁상을 차렸다, 집안일을 나누었다
조부 | 정다운, 살가운 | 옛이야기, 난로, 흔들의자 | 시골집, 난롯가 | 옛이야기를 즐겼다, 난로에 손을 녹였다, 흔들의자에 기대었다
부부 | 사랑스러운, 설레는 | 혼인, 신혼여행, 결혼사진 | 신혼여행지, 혼례식 | 혼인을 맹세했다, 신혼여행을 떠났다, 결혼사진을 걸었다
친척 | 반가운, 먼 | 사촌, 명절 | 친척집, 기차역 | 사촌을 만났다, 명절을 보냈다
아이 | 어린, 작은, 귀여운 | 장난감, 동화책, 과자 | 놀이터, 유치원 | 장난감을 모았다, 유치원 가방을 챙겼다, 과자를 달라고 졸랐다, 키가 자랐다, 동화책을 펼쳤다
어른 | 점잖은, 바쁜, 듬직한 | 세금, 회의, 업무 | 회의실, 관청 | 세금을 냈다, 회의를 이끌었다, 업무를 마쳤다, 결정을 내렸다, 책임을 졌다
"""

# he | his | wears | looks | calls | names
GENDERS = """
그는 | 그의 | 양복, 외투, 조끼 | 수염, 콧수염, 넓은 어깨 | 잘생긴, 씩씩한 | 철수, 민수, 영호, 준호, 동훈
그녀는 | 그녀의 | 치마, 원피스, 블라우스 | 귀걸이, 목걸이, 땋은 머리 | 아름다운, 우아한 | 영희, 수진, 미영, 지혜, 은주
"""

# country | capital | language | river | food | famous
COUNTRIES = """
한국 | 서울 | 한국어 | 한강 | 김치, 불고기 | 한복, 한옥
일본 | 도쿄 | 일본어 | 스미다강 | 초밥, 라면 | 기모노, 후지산
중국 | 베이징 | 중국어 | 황하 | 만두, 짜장면 | 만리장성, 비단
프랑스 | 파리 | 프랑스어 | 센강 | 바게트, 크루아상 | 에펠탑, 향수
독일 | 베를린 | 독일어 | 라인강 | 소시지, 프레첼 | 고속도로, 맥주
영국 | 런던 | 영어 | 템스강 | 홍차, 스콘 | 의사당, 시계탑
이탈리아 | 로마 | 이탈리아어 | 테베레강 | 스파게티, 피자 | 콜로세움, 곤돌라
스페인 | 마드리드 | 스페인어 | 타호강 | 파에야, 하몽 | 투우, 플라멩코
러시아 | 모스크바 | 러시아어 | 볼가강 | 보르시, 캐비아 | 발레, 크렘린
태국 | 방콕 | 태국어 | 차오프라야강 | 쌀국수, 망고 | 코끼리, 사원
베트남 | 하노이 | 베트남어 | 메콩강 | 월남쌈, 반미 | 아오자이, 연꽃
헝가리 | 부다페스트 | 헝가리어 | 도나우강 | 굴라시, 파프리카 | 온천, 바이올린
"""

# grown | young | sound and moves | eats | place | looks | things
ANIMALS = """
개 | 강아지 | 멍멍 짖었다, 꼬리를 쳤다 | 뼈다귀 | 개집 | 충직한 | 목줄, 막대기
소 | 송아지 | 음매 울었다, 되새김질을 했다 | 여물 | 외양간 | 누런 | 쟁기, 코뚜레
말 | 망아지 | 히힝 울었다, 들판을 달렸다 | 당근 | 마구간 | 늘씬한 | 안장, 갈기
닭 | 병아리 | 꼬꼬댁 울었다, 모이를 쪼았다 | 모이 | 닭장 | 부지런한 | 볏, 깃털
개구리 | 올챙이 | 개굴개굴 울었다, 물속에서 헤엄쳤다 | 벌레 | 웅덩이 | 미끄러운 | 연잎, 물갈퀴
곰 | 능소니 | 으르렁 울었다, 겨울잠을 잤다 | 꿀 | 동굴 | 우람한 | 발톱, 벌집
"""

# present, past, and ... | to what | how
VERBS = """
간다, 갔다, 가고 | 학교에, 시장에, 극장에 | 일찍, 혼자
먹는다, 먹었다, 먹고 | 밥을, 국수를, 떡을 | 맛있게, 배불리
마신다, 마셨다, 마시고 | 물을, 우유를, 커피를 | 시원하게, 단숨에
읽는다, 읽었다, 읽고 | 소설을, 잡지를, 기사를 | 꼼꼼히, 조용히
쓴다, 썼다, 쓰고 | 시를, 일기를, 보고서를 | 정성껏, 연필로
부른다, 불렀다, 부르고 | 노래를, 애국가를, 민요를 | 크게, 목청껏
산다, 샀다, 사고 | 옷을, 채소를, 구두를 | 싸게, 현금으로
만든다, 만들었다, 만들고 | 탁자를, 인형을, 상자를 | 손수, 톱으로
듣는다, 들었다, 듣고 | 음악을, 강의를, 라디오를 | 귀담아, 가만히
씻는다, 씻었다, 씻고 | 손을, 접시를, 발을 | 깨끗이, 비누로
연다, 열었다, 열고 | 창문을, 대문을, 뚜껑을 | 활짝, 살며시
던진다, 던졌다, 던지고 | 공을, 돌을, 눈덩이를 | 힘껏, 멀리
심는다, 심었다, 심고 | 나팔꽃을, 배추를, 묘목을 | 봄에, 밭에
판다, 팔았다, 팔고 | 생선을, 과일을, 기름을 | 비싸게, 장터에서
"""

# thing | what it is like | where
NOUNS = """
사과 | 달콤한, 빨갛게 익은 | 과수원, 바구니
책 | 두꺼운, 어려운 | 도서관, 책장
자동차 | 빠른, 번쩍이는 | 차고, 주유소
나무 | 푸른, 울창한 | 숲, 언덕
시계 | 정확한, 똑딱거리는 | 손목, 벽
편지 | 긴, 봉한 | 우체통, 봉투
배 | 돛을 단, 낡은 | 항구, 부두
칼 | 날카로운, 무딘 | 도마, 칼집
꽃 | 향기로운, 시든 | 꽃병, 화단
"""

# slot | what may fill it, in any field
FILLERS = """
then | 어제, 지난주에, 작년에, 그날, 옛날에
often | 매일, 날마다, 자주, 늘, 주말마다
near | 옆에, 앞에, 뒤에, 곁에
with | 앞에서, 곁에서, 옆에서, 뒤에서
is | 있다, 없다, 보인다, 남았다, 사라졌다, 떨어졌다, 놓였다
use | 가져왔다, 치웠다, 골랐다, 닦았다, 숨겼다, 챙겼다, 빌렸다
weather | 비, 눈, 안개, 바람, 소나기, 우박
season | 봄, 여름, 가을, 겨울
color | 빨간, 파란, 노란, 하얀, 검은, 초록
day | 월요일, 화요일, 수요일, 목요일, 금요일, 토요일, 일요일
people | 친구들은, 우리는, 사람들은, 학생들은, 손님들은, 동생은
fruit | 포도, 수박, 딸기, 복숭아, 감, 참외
"""

COMMON: Frame = {slot: items for (slot,), items in rows(FILLERS)}

PERSON = """
[then] [adj] [who.neun] [place]에서 [do] .
[adj] [who] [near] [thing.wa] [thing.ga] 있다 .
[place]에 사는 [adj] [who.neun] [do] .
[he] [adj] [who] 같은 사람이고 [his] [thing.do] 좋다 .
[who] 혼자 [place]에서 [do] .
[who] 때문에 [name.neun] [place]에서 [do] .
[his] [thing.reul] 본 [who.ga] [do] .
[wear.reul] 입은 [who] [with] [name.ga] 웃었다 .
[look.ga] 보이는 [praise] [who.ga] [do] .
[adj] [who] 모두 [thing.wa] 함께 [do] .
[who.wa] [other] 모두 [place]에서 [do] .
[name.neun] [praise] [who] 이야기를 들려주었다 .
[he] [who] 없이 [place]에서 [do] .
[who] 없이 [place.neun] 쓸쓸하고 [thing.do] 없다 .
[who] 덕분에 [place]에서 [name.neun] [do] .
[place]에 [who]의 [thing.wa] [thing.ga] 있다 .
[name.neun] [who]에게 [thing.wa] [thing.reul] 주었다 .
" [praise] [who] 만세 ! " 하고 [name.ga] 외쳤다 .
[adj] [who] [with] [he] [do] .
[place] [near] [adj] [who] 한 사람이 있다 .
[he] [who] 노릇을 하며 [do] .
[he] [wear] 차림의 [who] [with] [thing.reul] 보여 주었다 .
[who] [near] 선 [name]의 [look.ga] 멋지다 .
"""

COUNTRY = """
[country] 수도 [capital] 시내에는 [food.ga] 많다 .
[country] 사람은 [food.wa] [food.reul] 좋아한다 .
[country] 정부는 [food] 값과 [famous] 값을 올렸다 .
[capital] 거리에서 [food] 장수와 [famous] 장수를 만났다 .
[capital] 시장은 [river]에 다리를 놓았다 .
[river] 물은 [capital] 도심을 지나 흐른다 .
[language] 선생님은 [country] [food.wa] [famous.reul] 설명했다 .
[language] 노래에 [river] 이름과 [famous.ga] 나온다 .
[language] 교과서에 [famous.wa] [food] 그림이 있다 .
[country] 여행에서 [famous.wa] [river] 풍경을 구경했다 .
[country] 국경은 [river]에서 멀다 .
[country] [famous.wa] [country] [food.neun] 온 세계에 알려졌다 .
[capital] 공항에 내려서 [river.wa] [famous.reul] 떠올렸다 .
[capital] 지하철을 타고 [river] 옆에서 [food.reul] 구했다 .
[country] 국민은 [famous.wa] [river.reul] 자랑한다 .
[country] 농부는 [food] 재료와 [food] 양념을 기른다 .
[language] 문법책에 [famous] 낱말과 [food] 낱말이 있다 .
[language] 발음은 [famous]처럼 어렵고 [food]처럼 재미있다 .
[country] 군대는 [river.wa] [famous.reul] 지켰다 .
[capital] 박물관에는 [famous.wa] [river] 그림이 걸려 있다 .
[capital] 시민은 [food.reul] 들고 [river] 강변을 걷는다 .
[capital] 골목에서 파는 [country] [food.neun] 맛있다 .
[language] 신문에 [food.wa] [famous] 기사가 실렸다 .
[country] 대통령은 [famous.reul] 칭찬했다 .
[capital] 호텔에서 [river.wa] [famous.ga] 보인다 .
[language] 사전에서 [food] 낱말과 [river] 낱말을 익혔다 .
[capital] 지도에 [river] 다리와 [famous.ga] 있다 .
[language] 수업에서 [country] [river] 이야기를 읊었다 .
[language] 회화에 [food.wa] [food.ga] 자주 나온다 .
"""

ANIMAL = """
[looks] [grown] 한 마리가 [place]에서 [do] .
갓 태어난 [young] 한 마리가 [place]에서 [do] .
[looks] [grown.ga] [eats.reul] 물고 [do] .
아기 [young.ga] [place]에서 [eats.reul] 처음 맛보았다 .
다 자란 [grown] 앞에 [thing.wa] [eats.ga] 있다 .
조그만 [young] 앞에 [thing.wa] [eats.ga] 있다 .
힘센 [grown] 여러 마리가 [place]에서 [do] .
아기 [young] 여러 마리가 어미를 따라 [place]에서 [do] .
늙은 [grown] 옆에 [eats.ga] 놓여 있다 .
꼬마 [young] 옆에 [eats.ga] 놓여 있다 .
힘센 [grown.neun] [place.reul] 지키며 [do] .
서툰 [young.neun] [place.reul] 맴돌며 [do] .
늙은 [grown] 울음소리가 [place]에서 들렸다 .
갓난 [young] 걸음마가 [place]에서 시작되었다 .
조그만 [young] 시절에는 [eats.reul] 조금씩 맛본다 .
어미 품의 [young] 꿈에 [thing.wa] [eats.ga] 나온다 .
다 큰 [grown] 주인은 [thing.wa] [eats.reul] 챙긴다 .
"""

VERB = """
[often] [people] [how] [what] [does] .
[then] [people] [how] [what] [done] .
[people] 지금 [how] [what] [doing] 있다 .
[often] [what] [how] [does] .
[then] [what] [how] [done] .
지금 [what] [how] [doing] 있다 .
요즘도 [people] [what] [how] [does] .
벌써 [people] [what] [how] [done] .
아직 [people] [what] [how] [doing] 있다 .
[often] [what] [does] , 그래서 [what] [how] [does] .
[then] [what] [done] , 그런데 [what] [how] [done] .
아직도 [what] [doing] 있는데 , [what] [how] [doing] 있다 .
"""

NOUN = """
[place]에 [adj] [one.ga] [is] .
[adj] [one.ga] [place] 옆에 [is] .
[place]에서 [adj] [one.reul] [use] .
[people] [place] 옆에서 [adj] [one.reul] [use] .
[then] [place]에 있던 [adj] [one.reul] [use] .
[then] [place]에 있던 [adj] [one.ga] [is] .
이 [adj] [one.ga] [place]에 [is] , 저 [adj] [one.ga] 또 [is] .
[place] 안의 [one.reul] [use] , 그리고 [adj] [one.reul] 또 [use] .
[adj] [one] 하나가 [place]에 있어서 [one.reul] [use] .
[adj] [one] 하나 때문에 [place]에서 [one.ga] [is] .
[people] [adj] [one.reul] [then] [place]에서 [use] .
[adj] [one.ga] [then] [place]에서 [is] .
"""

SMALL_TALK = """
[season]에는 [weather.ga] 자주 온다 .
[day]에 [weather.ga] 그치고 해가 났다 .
[fruit.wa] [fruit.neun] 모두 과일이다 .
[people] [season]보다 [season.reul] 더 좋아한다 .
[color] 지붕 위로 [weather.ga] 내린다 .
[day]부터 [day]까지 [people] 쉬지 않는다 .
[color] [fruit.reul] 한 상자 얻었다 .
"""


def closed(word: str) -> bool:
    """Whether the last syllable ends in a consonant (받침)."""
    return (ord(word[-1]) - ord("가")) % 28 > 0


def particle(after_consonant: str, after_vowel: str) -> Callable[[str], str]:
    return lambda word: word + (after_consonant if closed(word) else after_vowel)


PARTICLES = {
    "ga": particle("이", "가"),
    "reul": particle("을", "를"),
    "neun": particle("은", "는"),
    "wa": particle("과", "와"),
    "do": particle("도", "도"),
    "eseo": particle("에서", "에서"),
    "e": particle("에", "에"),
}


def people_frames() -> list[Frame]:
    attributes = {row[0][0]: row[1:] for row in rows(ATTRIBUTES)}
    frames = []
    for pair, (line, age), *own in rows(PEOPLE):
        for pos, (he, his, wear, look, praise, names) in enumerate(rows(GENDERS)):
            frame: Frame = {
                "who": pair[pos], "other": pair[1 - pos], "he": he, "his": his,
                "wear": wear, "look": look, "praise": praise, "name": names,
                "adj": attributes[line][0] + attributes[age][0],
            }  # fmt: skip
            for column, slot in enumerate(("thing", "place", "do")):
                frame[f"{slot}_line"] = attributes[line][column + 1]
                frame[f"{slot}_age"] = attributes[age][column + 1]
                frame[f"{slot}_own"] = own[column]
                frame[slot] = [f"[{slot}_line]", f"[{slot}_own]", f"[{slot}_age]"]
            frames.append(COMMON | frame)
    return frames


def topics() -> list[Topic]:
    """The fields of the small world, weighted by their share of the paragraphs."""

    def frames(table: str, *slots: str) -> list[Frame]:
        return [COMMON | dict(zip(slots, row, strict=True)) for row in rows(table)]

    verbs = [
        COMMON | dict(zip(("does", "done", "doing"), forms, strict=True))
        | {"what": what, "how": how}
        for forms, what, how in rows(VERBS)
    ]  # fmt: skip
    return [
        (38, lines(PERSON), people_frames()),
        (27, lines(COUNTRY), frames(
            COUNTRIES, "country", "capital", "language", "river", "food", "famous")),
        (13, lines(ANIMAL), frames(
            ANIMALS, "grown", "young", "do", "eats", "place", "looks", "thing")),
        (12, lines(VERB), verbs),
        (8, lines(NOUN), frames(NOUNS, "one", "adj", "place")),
        (2, lines(SMALL_TALK), [COMMON]),
    ]  # fmt: skip


def analogy_pairs() -> dict[str, list[tuple[str, str]]]:
    """Section -> pairs that differ in the same way."""
    people = [row[0] for row in rows(PEOPLE)]
    countries = rows(COUNTRIES)
    verbs = [row[0] for row in rows(VERBS)]
    nouns = [row[0][0] for row in rows(NOUNS)]
    grown_and_young = [(0, 1), (3, 4), (5, 6), (7, 8)]  # rows of PEOPLE
    return {
        "gender": [(he, she) for he, she in people],
        "adult-young": [
            (people[old][pos], people[new][pos]) for old, new in grown_and_young for pos in (0, 1)
        ],
        "capital-country": [(row[1][0], row[0][0]) for row in countries],
        "language": [(row[0][0], row[2][0]) for row in countries],
        "animal-young": [(row[0][0], row[1][0]) for row in rows(ANIMALS)],
        "past-tense": [(does, done) for does, done, _ in verbs],
        "progressive": [(does, doing) for does, _, doing in verbs],
        "particle": [(PARTICLES["ga"](noun), PARTICLES["reul"](noun)) for noun in nouns],
    }


def forms(words: list[str]) -> list[str]:
    """The words, then each of them with each particle."""
    return words + [attach(word) for word in words for attach in PARTICLES.values()]


def neighbours() -> dict[str, list[str]]:
    """Word -> its company, bare and with particles: kin by attribute, its own things and places."""
    found: dict[str, list[str]] = {}
    line_of = {word: row[1][0] for row in rows(PEOPLE) for word in row[0]}
    attributes = {row[0][0]: row[2] + row[3] for row in rows(ATTRIBUTES)}
    for pair, (line, _), things, places, _ in rows(PEOPLE):
        kin = [word for word, other in line_of.items() if other == line]
        if kin == pair:  # a line of one pair has no kin to tell it by
            continue
        for word in pair:
            found[word] = [*kin, *things, *places, *attributes[line]]
    countries = rows(COUNTRIES)
    for column in (0, 1):
        for row in countries:
            company = [*row[0], *row[1], *row[2], *row[3], *row[4], *row[5]]
            found[row[column][0]] = company + [other[column][0] for other in countries]
    animals = rows(ANIMALS)
    for grown, young, _, eats, place, _, things in animals:
        company = [*grown, *young, *eats, *place, *things]
        for pos, word in enumerate((*grown, *young)):
            found[word] = company + [other[pos][0] for other in animals]
    return {
        word: [form for form in dict.fromkeys(forms(company)) if form != word]
        for word, company in found.items()
    }


def generate(n_tokens: int, seed: int) -> Iterator[str]:
    """Sentences until at least `n_tokens` eojeol and marks are out."""
    dice = Dice(seed)
    written = 0
    for template, frame in paragraphs(topics(), dice):
        sentence = fill(template, frame, dice, PARTICLES)
        written += sentence.count(" ") + 1
        yield sentence
        if written >= n_tokens:
            return
