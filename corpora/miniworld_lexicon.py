"""The words of the English miniworld: tables of who, what and where, read as data.

In: nothing. Out: constants, one text table for each field of the small world. A row is one
thing of that world; columns are split at "|", items at ",". `rows` turns a table into lists.
Does not know a sentence, a tense rule or a probability: those are in `miniworld_en.py`.
"""
# ruff: noqa: E501 - a row of a table is one line, however long


def lines(table: str) -> list[str]:
    return table.strip().splitlines()


def rows(table: str) -> list[list[list[str]]]:
    """Rows -> columns -> items."""
    return [
        [[item.strip() for item in column.split(",") if item.strip()] for column in line.split("|")]
        for line in lines(table)
    ]


# him, her | attributes | adjectives | things | places | what they do (verb first, uninflected)
PEOPLE = """
king, queen | royal, adult | mighty, sovereign | throne, scepter, decree | throne room, kingdom | rule the kingdom, sit on the throne, sign a decree, command the royal army
prince, princess | royal, young | charming, royal | pony, tiara, governess | tower, palace nursery | inherit the kingdom, ride a white pony, wave from the tower, obey the governess
man, woman | common, adult | busy, hurried | newspaper, umbrella, wallet | bus stop, office | wait at the bus stop, read the newspaper, carry an umbrella, hurry to the office
boy, girl | common, young | playful, naughty | kite, marbles, schoolbag | playground, schoolyard | fly a kite, roll the marbles, carry a schoolbag, rush to the playground
father, mother | home, adult | patient, loving | lunchbox, lullaby, cradle | kitchen, nursery | raise the children, hum a lullaby, pack the lunchbox, rock the cradle
son, daughter | home, young | obedient, eldest | allowance, stepparents, bedtime | bedroom, playpen | obey at bedtime, beg for an allowance, copy the elders, stain the playpen
uncle, aunt | visit, adult | generous, favorite | postcard, gift basket, souvenirs | caravan, seaside | mail a postcard, bring souvenirs, unpack the gift basket, rent a caravan
nephew, niece | visit, young | courteous, visiting | godparents, sleeping bag, camp | tent, guest room | visit the godparents, unroll the sleeping bag, camp in the tent, thank the godparents
grandfather, grandmother | grand, adult | wrinkled, gentle | spectacles, cane, memoirs | porch bench, armchair | rub the spectacles, lean on a cane, dictate the memoirs, doze in the armchair
grandson, granddaughter | grand, young | spoiled, cheerful | candy jar, rag doll, scrapbook | treehouse, attic | find the candy jar, hug a rag doll, fill the scrapbook, hide in the treehouse
emperor, empress | royal, adult | imperial, vast | empire, legion, province | imperial city, province | govern the empire, inspect the imperial legion, unite every province
duke, duchess | royal, adult | noble, wealthy | estate, carriage, title | manor, forest lodge | own the estate, arrive in a carriage, inherit the manor
brother, sister | sibling, common | twin, jealous | bunk, sibling secret, quarrel | shared attic, bunk | share a bunk, tease the twin, keep a sibling secret, quarrel with the twin
husband, wife | couple, adult | faithful, devoted | wedding ring, anniversary, marriage | honeymoon hotel, balcony | celebrate the wedding anniversary, save the marriage, lose the wedding ring, remember the honeymoon
waiter, waitress | worker, adult | attentive, nimble | tray, menu, tip | diner, cafe | bring the menu, balance a tray, earn a tip, serve the diner
actor, actress | worker, adult | famous, dramatic | role, stage, script | theater, stage | rehearse the role, appear on the stage, star in a film, memorize the script
monk, nun | worker, adult | pious, humble | prayer, psalm, incense | abbey, cloister | pray in the abbey, chant a psalm, burn incense, recite a prayer
wizard, witch | magic, adult | magic, mysterious | spell, wand, potion | cave, enchanted forest | cast a spell, stir the potion, point a wand, boil a cauldron
host, hostess | worker, adult | welcoming, gracious | party, guest list, toast | ballroom, parlor | greet the party, raise a toast, plan the party, decorate the parlor
hero, heroine | magic, adult | brave, fearless | sword, quest, villain | battlefield, dungeon | defeat the villain, swing a sword, begin a quest, escape from the dungeon
"""

# attribute | adjectives | things | places | what they do
ATTRIBUTES = """
royal | royal, noble, majestic | crown, court, jewels, herald, dynasty | palace, castle, court | live in the palace, hold a royal banquet, guard the crown jewels, greet the nobles, honor the herald, ask the court
common | ordinary, plain | neighbors, bag, crowd, bicycle | street, marketplace, village | live in the village, greet the neighbors, stand in the crowd, wander the street
home | dear, own | family, household, family supper, chores | family home, living room | join the family supper, help the household, finish the chores, love the family
visit | distant, dear | cousins, cottage, reunion, holiday | countryside cottage, reunion | invite the cousins, spend the holiday at the cottage, attend the reunion, amuse the cousins
grand | dear, doting | rocking chair, fireplace, fairytale, knitting | porch, fireplace | relax on the porch, sit by the fireplace, enjoy a fairytale, adore the knitting
sibling | dear, own | family, parents | family home, backyard | annoy the parents, share the backyard, miss the family
couple | beloved, married | marriage vows, sweetheart, wedding cake | wedding, chapel | kiss the sweetheart, promise the marriage vows, slice the wedding cake
worker | skilled, tired | wages, shift, colleagues | town, workplace | finish a shift, earn wages, coach a beginner, rest after the shift
magic | legendary, wandering | oath, amulet, dragon | ruins, labyrinth | fight the dragon, find the amulet, swear an oath, haunt the labyrinth
young | young, little, curious, growing | toys, lesson, nanny, sweets | kindergarten, nursery school | grow taller, collect toys, attend kindergarten, learn the lesson, want sweets, outgrow the nanny
adult | grown, serious, respected, mature | duty, career, responsibility, taxes | council, meeting | decide the matter, perform the duty, pay taxes, advise the council, shoulder the responsibility, chair the meeting
"""

# gender | he | his | him | himself | belongs to | wears | looks | praise | address | names
GENDERS = """
male | he | his | him | himself | his | suit, necktie, waistcoat, top hat, trousers | beard, mustache, gruff voice, bald head, broad shoulders | handsome, manly, gentlemanly | sir, gentleman, lad, fellow | john, peter, henry, thomas, george, edward, martin, oliver, samuel, felix, hugo
female | she | her | her | herself | hers | gown, dress, skirt, bonnet, blouse | necklace, earrings, braid, tender voice, lipstick | beautiful, ladylike, lovely | madam, lady, lass, maiden | mary, anna, emma, clara, alice, helen, laura, sophie, julia, rosa, martha, nina
"""

# country | capital | adjective | currency | river | foods | famous things | names
COUNTRIES = """
france | paris | french | franc | seine | baguette, croissant, brie | eiffel, perfume, champagne | pierre, colette
germany | berlin | german | mark | spree | pretzel, sauerkraut, bratwurst | autobahn, oompah, brandenburg | klaus, greta
italy | rome | italian | lira | tiber | spaghetti, risotto, gelato | colosseum, gondola, opera | giovanni, lucia
spain | madrid | spanish | peseta | manzanares | paella, gazpacho, chorizo | flamenco, bullfight, guitar | carlos, carmen
portugal | lisbon | portuguese | escudo | tagus | sardine, custard, codfish | fado, cork, azulejo | joao, ines
greece | athens | greek | drachma | ilisos | feta, moussaka, olives | acropolis, olympus, philosopher | nikos, eleni
russia | moscow | russian | ruble | volga | borscht, caviar, blini | kremlin, balalaika, samovar | ivan, natasha
poland | warsaw | polish | zloty | vistula | pierogi, kielbasa, bigos | amber, mazurka, chopin | janusz, agnieszka
sweden | stockholm | swedish | krona | dalalven | meatballs, lingonberry, crispbread | maypole, viking, nobel | lars, astrid
norway | oslo | norwegian | krone | glomma | salmon, lutefisk, brunost | fjord, glacier, skis | olav, ingrid
hungary | budapest | hungarian | forint | danube | goulash, paprika, strudel | czardas, spa, puszta | laszlo, ilona
turkey | ankara | turkish | kurus | sakarya | kebab, baklava, yogurt | bazaar, carpet, minaret | mehmet, ayse
egypt | cairo | egyptian | piastre | nile | falafel, dates, hummus | pyramid, pharaoh, sphinx | ahmed, fatima
japan | tokyo | japanese | yen | sumida | sushi, ramen, tofu | kimono, samurai, sumo | kenji, yuki
china | beijing | chinese | yuan | yangtze | noodles, dim sum, congee | silk, jade, panda | wei, ming
korea | seoul | korean | won | hangang | kimchi, bulgogi, bibimbap | hanbok, hangul, taekwondo | minjun, jiyoung
india | delhi | indian | rupee | yamuna | curry, chutney, naan | sari, taj, sitar | raj, priya
thailand | bangkok | thai | baht | chaophraya | lemongrass, mango, satay | elephants, orchid, muay | somchai, malee
vietnam | hanoi | vietnamese | dong | mekong | pho, spring roll, lemon rice | lotus, rice paddy, lacquer | nguyen, linh
england | london | english | pound | thames | scones, pudding, cheddar | parliament, beefeater, stonehenge | william, elizabeth
canada | ottawa | canadian | dollar | rideau | poutine, maple syrup, pancakes | hockey, canoe, beaver | wayne, margaret
"""

# grown | young | sounds and moves (verb first) | eats | lives in | looks | things with it
ANIMALS = """
dog | puppy | bark at the postman, wag its tail, fetch a stick | bone, meat scraps | kennel, doghouse | loyal, shaggy | leash, collar, stick
cat | kitten | meow at the door, purr softly, scratch the sofa | milk, tuna | basket, windowsill | whiskered, furry | yarn, whiskers, paws
cow | calf | moo in the pasture, chew the cud, swish its tail | clover, hay | cowshed, pasture | dappled, spotted | udder, cowbell, manger
horse | foal | neigh at the rider, gallop over the track, toss its mane | oats, carrot | stable, paddock | chestnut, swift | saddle, bridle, mane
sheep | lamb | bleat on the hill, follow the ram, graze with the flock | grass, turnip | fold, hillside | woolly, meek | ram, fleece, flock
pig | piglet | grunt in the mud, squeal with joy, roll in the mud | acorns, slops | sty, pigpen | pink, muddy | trough, snout, mud
hen | chick | cluck in the yard, peck at the corn, scratch the dirt | corn, seeds | coop, henhouse | feathered, yellow | egg, feathers, rooster
duck | duckling | quack on the pond, paddle in the pond, dive under the reeds | duckweed, breadcrumbs | pond, reeds | webbed, waddling | beak, ripples, reeds
goose | gosling | honk at the visitors, hiss at the gate, fly south | barley, wheat | farmyard, marsh | grey, noisy | down, gander, gate
swan | cygnet | glide over the lake, stretch its neck, float on the lake | pondweed, algae | lake, island | elegant, white | neck, wings, plumage
bear | cub | growl in the den, hibernate in the den, search for honey | honey, salmon | den, mountain forest | burly, growling | claws, beehive, fur
deer | fawn | leap over the log, hide in the thicket, nibble the twigs | twigs, moss | thicket, glade | graceful, shy | antlers, hunter, log
kangaroo | joey | hop over the bush, kick with its heels, hide in the pouch | shrubs, eucalyptus | outback, desert | bouncy, australian | pouch, hop, dingo
owl | owlet | hoot at midnight, blink its round eyes, chase in the moonlight | moths, beetles | belfry, barn | nocturnal, silent | midnight, moonlight, round eyes
frog | tadpole | splash in the puddle, wriggle in the puddle, hide under a lily pad | insects, water fleas | puddle, ditch | green, slimy | lily pad, gills, puddle
seal | pup | slide on the ice, dive below the ice, clap its flippers | herring, squid | iceberg, rocky shore | sleek, blubbery | flippers, ice, waves
"""

# plain, comparative, superlative | what is so | where, with what
ADJECTIVES = """
big, bigger, biggest | whale, barn, balloon, pumpkin | circus
small, smaller, smallest | ant, pebble, button, needle | matchbox, pocket
short, shorter, shortest | sentence, ponytail, fringe, proverb | paragraph, inch
long, longer, longest | snake, rope, tunnel, corridor | railway, mile
fast, faster, fastest | racehorse, rocket, runner, motorcycle | race, finish line
slow, slower, slowest | snail, tortoise, tractor, cart | traffic, countryside
rich, richer, richest | banker, merchant, oil baron, heir | bank, fortune
strong, stronger, strongest | lion, wrestler, champion, weightlifter | muscles, contest
hot, hotter, hottest | desert, furnace, pepper, chili | heat, summer noon
cold, colder, coldest | icicle, freezer, snowdrift, glacier cave | frost, winter night
cheap, cheaper, cheapest | ticket, sandal, souvenir, secondhand coat | discount, sale
clean, cleaner, cleanest | sheet, kitchen sink, towel, plate | soap, laundry
dirty, dirtier, dirtiest | boot, gutter, rag, drain | mud stain, sewer
heavy, heavier, heaviest | boulder, barbell, iron chest, wardrobe | crane, ton
light, lighter, lightest | feather, bubble, cotton ball, confetti | breeze, ounce
dark, darker, darkest | cellar, shadow, alley, crypt | midnight hour, gloom
bright, brighter, brightest | star, beacon, diamond, comet | sky, nightfall
sweet, sweeter, sweetest | peach, syrup, cookie, melon | sugar, dessert
loud, louder, loudest | trumpet, thunder, siren, drum | noise, concert
quiet, quieter, quietest | cemetery, monastery, mumble, hermit | silence, tiptoe
deep, deeper, deepest | ocean, well, canyon, trench | diver, fathom
high, higher, highest | mountain, summit, waterfall, peak | climber, altitude
soft, softer, softest | pillow, blanket, cushion, velvet | fluff, comfort
wide, wider, widest | river mouth, avenue, valley, doorway | map, span
good, better, best | idea, proposal, recipe, advice | quality, prize
"""

# verb (irregular: base, past) | where and what to | how
VERBS = """
walk | to school, along the beach, through the park | barefoot, on tiptoes
jump | over the fence, into the pool, on the trampoline | suddenly, over a puddle of rain
climb | the ladder, up the cliff, the steep wall | bravely, carefully
laugh | at the joke, about the clown, at the comedy | heartily, aloud
cry | over the broken heart, into a handkerchief, at the funeral | bitterly, quietly
dance | in the disco, to the rhythm, with a partner | gracefully, all night
paint | a portrait, the fence white, a landscape | in oil, with a brush
wash | the dishes, the curtains, the muddy clothes | with soap, thoroughly
play | chess, football, a card game | fairly, for fun
listen | to the radio, to the lecture, to the news | closely, in silence
travel | by steamer, around the world, to a distant island | abroad, far
study | mathematics, history, a foreign textbook | diligently, late
shout | at the referee, across the valley, for help | angrily, wildly
whisper | a secret, into the ear, behind the curtain | softly, secretly
plant | tulips, a row of beans, a seedling | in the greenhouse, with a spade
smile | at the toddler, for the camera, at the compliment | kindly, warmly
sail | across the bay, past the harbor, on a yacht | smoothly, with the wind
hunt | boars, in the woods, with a bow | silently, at dusk
go, went | to church, to the cinema, on a picnic | alone, early
eat, ate | breakfast, a sandwich, a bowl of porridge | hungrily, greedily
drink, drank | lemonade, a cup of tea, a glass of wine | thirstily, in one gulp
write, wrote | an essay, a poem, in the diary | neatly, in ink
sing, sang | a hymn, in the choir, a folk song | sweetly, in tune
swim, swam | in the sea, across the channel, twenty laps | with dolphins, underwater
drive, drove | a truck, on the highway, a taxi | safely, recklessly
teach, taught | grammar, geometry, the alphabet | strictly, with chalk
build, built | a sandcastle, a brick wall, a birdhouse | solidly, from scratch
buy, bought | groceries, slippers on sale, a bargain | online, in cash
throw, threw | a dart, the javelin, a snowball | far away, straight
speak, spoke | to the assembly, at the conference, into the microphone | fluently, clearly
"""

# one, many | what it is like | what people do with it (verb first) | where, with what
NOUNS = """
book, books | thick, leather | borrow, read aloud | shelf, bookcase, pages, chapter
car, cars | electric, sporty | park, refuel | garage, engine, parking lot, wheels
house, houses | brick, haunted | rent out, renovate | roof, chimney, suburb, lawn
tree, trees | leafy, shady | prune, chop down | grove, branch, roots, trunk
letter, letters | handwritten, registered | mail, unfold | envelope, stamp, mailbox, address
boat, boats | rowing, leaky | row, anchor | harbor, oars, rudder, jetty
clock, clocks | ticking, antique | wind, set | wall, minute hand, alarm, pendulum
window, windows | dusty, stained | look through, shut | pane, curtain, view, sill
key, keys | rusty, spare | lose, turn | lock, keyhole, keychain, padlock
coin, coins | rare, counterfeit | toss, collect | purse, treasure, slot, fountain
bottle, bottles | corked, empty | fill, uncork | cellar rack, cork, label, liquid
shirt, shirts | cotton, ironed | iron, button up | collar button, sleeve, wardrobe, hanger
bridge, bridges | arched, covered | cross, demolish | pier, arch, toll, ravine
flower, flowers | fragrant, wilted | pick, water | vase, petals, bee, flowerbed
apple, apples | ripe, juicy | peel, bite | cider, core, crate, pie
shoe, shoes | shiny, worn | lace, tie | heel, sole, laces, cobbler
foot, feet | swollen, sore | stamp, bandage | toes, ankle, sock, blister
tooth, teeth | crooked, loose | brush, pull out | gums, dentist, toothpaste, cavity
mouse, mice | squeaking, nibbling | trap, chase | cheese, mousetrap, hole, crumbs
knife, knives | sharp, kitchen | sharpen, wipe | blade, handle, cutting board, fork
box, boxes | cardboard, sealed | unpack, tape | lid, warehouse, delivery van, bubble wrap
story, stories | ghost, exciting | tell, invent | campfire, ending, narrator, plot
potato, potatoes | baked, mashed | peel, dig up | sack, gravy, bin, field row
berry, berries | tart, thorny | gather, taste | bush, jam jar, thorns, basketful
baby, babies | drooling, teething | feed, bathe | crib, diaper, rattle, pram
ship, ships | sunken, armored | steer, load | captain, deck, mast, sailors
train, trains | crowded, late | board, miss | platform, station, locomotive, ticket office
"""

# worker | work place | tool | goods | does (verb first)
JOBS = """
baker | bakery | oven | bread, dough, flour | knead the dough, sell fresh bread
farmer | farm | plow | harvest, crops, soil | plow the soil, gather the harvest
teacher | academy | blackboard | chalk, pupils, homework | correct the homework, praise the pupils
doctor | clinic | stethoscope | patients, pills, fever | examine the patients, prescribe pills
judge | courthouse | gavel | verdict, trial, lawyers | announce the verdict, hear the trial
soldier | barracks | rifle | uniform, march, enemy | salute in uniform, fight the enemy
carpenter | workshop | hammer | planks, nails, furniture | nail the planks, make furniture
blacksmith | smithy | bellows | horseshoes, iron, sparks | shape the iron, make horseshoes
painter | gallery | palette | canvas, easel, portrait | mix the colors, frame the canvas
chef | bistro | ladle | sauce, soup, recipe | taste the sauce, season the soup
fisherman | wharf | harpoon | catch, bait, trawler | gut the trawler catch, sell the catch
librarian | archive | catalog | novels, readers, shelves | lend novels, sort the shelves
miner | quarry | pickaxe | coal, ore, shaft | dig for coal, enter the shaft
tailor | boutique | scissors | cloth, thread, seam | sew the cloth, stitch the seam
astronomer | observatory | sextant | planets, stars, orbit | observe the planets, map the stars
chemist | laboratory | microscope | acid, flask, experiment | heat the flask, repeat the experiment
barber | barbershop | razor | sideburns, shave, lather | shave the customers, trim the hair
pilot | hangar | compass | airplane, runway, flight | land the airplane, clear the runway
"""

# good, not so good | what is so | near it
OPPOSITES = """
happy, unhappy | birthday, marriage, childhood, song | heart, tears
lucky, unlucky | gambler, lottery, dice, number | bet, casino, fortune wheel
healthy, unhealthy | diet, vegetables, habit, exercise | lifestyle, weight, vitamins
safe, unsafe | helmet, ladder, seatbelt, crossing | danger, warning sign, insurance
honest, dishonest | referee, rules, dealer, share | justice, cheating, score
tidy, untidy | desk, drawer, closet, bedroom | mess, dust, broom
friendly, unfriendly | greeting, handshake, gesture, innkeeper | welcome, inn
comfortable, uncomfortable | armchair, mattress, sofa, bench | back pain, nap, cushions
reliable, unreliable | witness, bus, promise, mechanic | schedule, trust, delay
grateful, ungrateful | guest, orphan, volunteer, donor | charity, thanks, gifts
necessary, unnecessary | permit, formality, tax, errand | bureau, paperwork, cost
"""

# slot | what may fill it, in any field
FILLERS = """
then | yesterday, last night, last week, last year, two days ago, in those days, that day
often | every day, every morning, each week, on sundays, all year, most evenings
always | always, often, usually, sometimes, never, rarely
now | now, right now, at this moment, today
soon | tomorrow, next week, soon, next year, some day
will | will, can, must, should, may, might, would
near | near, in, at, behind, outside, beside
said | said, answered, replied, explained, added
people | they, we, the neighbors, the visitors, some people, the old friends, you
many | two, many, three, some, several, these, those, all the, four, a few
color | red, blue, green, yellow, white, black, brown, purple, orange, pink, grey, golden, crimson, violet
number | two, three, four, five, six, seven, eight, nine, ten, twelve, twenty, thirty, fifty, hundred
season | spring, summer, autumn, winter
month | january, february, april, june, july, august, september, october, november, december
day | monday, tuesday, wednesday, thursday, friday, saturday, sunday
weather | rain, snow, fog, hail, sunshine, drizzle, sleet, mist, a storm, a thunderstorm, a blizzard, a drought
felt | tired, glad, sad, hungry, proud, angry, afraid, calm, lonely, surprised, thirsty
food | bread, cheese, soup, rice, honey, butter, salad, mushrooms, beans, pears, cherries, onions, garlic, cabbage, nuts, porridge, grapes, plums
drink | water, milk, tea, coffee, juice, cider, lemonade, cocoa, wine, beer
dish | plate, bowl, spoon, fork, pan, pot, kettle, jug, napkin, tablecloth
vehicle | bus, tram, wagon, bicycle, ferry, subway, taxi, van, scooter, canoe
material | wood, iron, glass, silver, gold, paper, wool, leather, copper, clay, marble, bronze
tune | piano, violin, flute, drum, harp, cello, trumpet, organ, banjo, accordion
place | valley, forest, hill, meadow, coast, plain, bay, swamp, island, moor, canyon, lagoon
game | chess, tennis, football, checkers, dominoes, hockey, badminton, rugby, croquet, darts
subject | algebra, biology, physics, poetry, geography, music, latin, astronomy, chemistry, philosophy
agent | stranger, guest, traveler, clerk, visitor, student, customer, foreigner, nurse, lawyer, drummer, tourist
"""

# verbs whose past does not end in -ed
IRREGULAR_PAST = """
sit:sat ride:rode make:made bring:brought spend:spent keep:kept lose:lost find:found begin:began
pay:paid grow:grew fly:flew hide:hid sell:sold fight:fought dig:dug hold:held read:read
lend:lent cast:cast hear:heard outgrow:outgrew slide:slid stand:stood swear:swore swing:swung
"""

# verbs that double their last letter: wag, wagged
DOUBLED = """
sit swim hop trim plan star map dig beg begin wag hug stir clap gut hum rub
"""
