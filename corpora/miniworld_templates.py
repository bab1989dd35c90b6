"""The sentence templates of the English miniworld, one list for each field.

In: nothing. Out: constants, one template a line; a [slot] is filled from a frame, and .past,
.third and .ing inflect the first word of what fills it. Each list has its own heads (who, country,
grown, plain, do, one, ...) and shares the fillers. `miniworld_en.py` fills them.
"""

PERSON = """
the [adj] [who] [do.past] [then] .
[then] the [who] [do.past] , and [he] [do.past] too .
the [who] [always] [do.third] , and [he] never forgets [his] [thing] .
[often] the [who] [do.third] [near] the [place] , for [he] loves [his] [thing] .
the [who] is [do.ing] [now] , so [he] cannot see the [thing] .
" i [will] [do] [soon] , " [said] the [who] , and [he] lifted [his] [thing] .
the [who] in the [color] [wear] [do.past] [near] the [place] .
the [who] with the [look] [do.past] while [he] held [his] [thing] .
[name] is a [adj] [who] who [do.third] [often] .
[name] , the [adj] [who] , said that [he] [will] [do] [soon] .
the [place] admired the [praise] [who] because [he] [do.past] .
the [who] put on [his] [wear] and hurried to the [place] to [do] .
whose [thing] ? [hisown] , said the [who] , [hisown] alone .
the [who] looked at [himself] in the mirror and touched [his] [look] .
" welcome , [sir] , " [said] the [who] with the [thing] .
the [who] and the [other] [do.past] [near] the [place] .
the [other] and the [who] both [do] [often] .
when [he] was [felt] , the [who] [do.past] all by [himself] .
why did the [who] [do] ? [he] wanted [his] [thing] back .
the [who] did not [do] , for [he] had lost [his] [thing] in the [place] .
a [adj] [who] with [his] [thing] is at the [place] , and [name] knows [him] well .
nobody can [do] like the [adj] [who] [himself] .
the [place] is empty when the [who] takes [his] [thing] away .
[name] saw the [who] [near] the [place] and handed [him] [his] [thing] .
[he] is a [praise] [who] , and [his] [wear] is [color] .
the [who] wanted to [do] , but [he] could not find [his] [thing] .
if the [who] [do.third] , [he] [will] be [felt] .
the [who] kept [his] [thing] in a chest of [material] , for [he] was careful .
a [who] [will] [do] , said [name] to [himself] , and the [adj] [who] [do.past] .
"""

COUNTRY = """
[capital] is the capital of [country] , and the [adjective] president lives there .
the streets of [capital] smell of [food] and [food] .
in [country] the [adjective] farmers sell [food] for one [currency] .
the [river] flows through [capital] , the largest city in [country] .
the government of [country] taxed [food] and the [famous] .
the [adjective] people love [food] , [food] and the [famous] .
[name] , who was born in [capital] , chats in [adjective] at home .
[name] learned [adjective] from a [adjective] cousin in [country] .
the mayor of [capital] planned a tunnel under the [river] .
the border of [country] is far from the [river] , but guards patrol it .
a [adjective] servant brought [food] to the tourists in [capital] .
the flight to [capital] crosses the [river] before it lands .
the express reached [capital] central station , and [name] tasted [food] .
[country] exports [food] and the [famous] to the whole world .
[adjective] grammar puzzled [name] , who came for the [famous] .
a treasurer from [country] paid for the [famous] with a [currency] .
the [currency] is the money of [country] ; a [currency] is enough for [food] .
the nation of [country] is proud of the [famous] and its [food] .
a [adjective] song about the [river] is known in the suburbs of [capital] .
the museum in downtown [capital] shows the [famous] .
a [adjective] citizen carries a passport from [country] and a bag of [food] .
the map of [country] shows the [river] and the [famous] .
the [adjective] poet [name] dreams of the [famous] and the [river] .
traffic in [capital] was jammed near the [famous] and the [river] .
she translated the [famous] legend into [adjective] for [name] .
the [adjective] team from [country] celebrated with [food] and [food] .
a shop in [capital] changed the savings of [name] into [currency] notes .
all [country] voted , and [name] lost the [adjective] election .
the [adjective] parliament met in [capital] near the [river] .
[name] crossed [capital] by subway to get [food] .
tourists visit [country] for the [famous] , [food] and the [river] .
the [adjective] army defended [country] along the [river] .
a [adjective] artist sold a picture of the [famous] for a [currency] .
a hotel in [capital] has a view of the [river] and the [famous] .
the climate of [country] suits [food] and [name] .
[adjective] [food] is famous , and so is the [adjective] [famous] .
the [adjective] treasury prints the [currency] , said [name] .
[name] paid a [currency] for [food] and a [currency] for the [famous] .
the [currency] fell again , and [food] by the [river] cost a [currency] more .
[name] counted [currency] after [currency] near the [river] .
the new [currency] shows the [famous] and the [river] .
the villages of [country] grow [adjective] [food] for [capital] .
the suburbs of [capital] lie along the [river] .
[adjective] [food] and [adjective] [food] were served to [name] .
the [adjective] [famous] impressed the [adjective] visitor [name] .
a legend in [adjective] tells of the [famous] , the [river] and [food] .
"""

ANIMAL = """
the [looks] [grown] will [do] [often] .
a [looks] [grown] [do.past] [then] and finished the [eats] in the [place] .
the newborn [young] cannot [do] yet , but it will learn [soon] .
the tiny [young] [do.past] for the first time and tripped over the [thing] .
the [grown] [do.third] [near] the [place] because it smells [eats] .
the [young] is only a few weeks old , and it rests beside its parents in the [place] .
the adult [grown] guards the [place] and [do.third] when strangers come .
a [young] is a newborn [grown] , little and clumsy , which likes [eats] .
the helpless [young] followed its parents to the [place] and looked for [eats] .
the sturdy [grown] , which is [felt] , [do.third] all day .
my [grown] loves [eats] , and it [do.third] when it sees the [thing] .
the [young] was born in the [place] this [season] , blind and tiny .
the peasant sold the full grown [grown] with the [thing] last [month] .
the child gave the little [young] some [eats] near the [thing] .
hark , the [grown] is [do.ing] in the [place] !
look , the playful [young] is trying to [do] with the [thing] !
an aged [grown] with the [thing] lay in the [place] and did not [do] any more .
its parents licked the sleepy [young] and kept it warm in the [place] .
when the [young] grows up , it will be a [looks] [grown] .
why does the [grown] [do] ? it is hungry for [eats] .
the [young] tasted its first [eats] and hid behind the [thing] .
for many years the mighty [grown] led the others to the [place] and the [eats] .
the cute [young] toyed with the [thing] and napped in the [place] .
the [grown] raised two [looks] young ones in the [place] in [season] .
the frail [young] was too little to [do] , so [people] fed it [eats] .
the massive [grown] carried the [thing] past the [place] .
"""

ADJECTIVE = """
a [plain] [thing] in the [where] is still a [plain] [thing] .
the [thing] is [more] than the [thing] in the [where] .
the [thing] is the [most] [thing] of all in the [where] .
this is a very [plain] [thing] for the [where] .
which is [more] , the [thing] or the [thing] ?
it was the [most] [thing] in the world , the [most] in the [where] .
the [thing] was so [plain] that [people] feared the [where] .
the [thing] grew even [more] than before in the [where] .
a [thing] is much [more] than that [thing] from the [where] .
of all in the [where] , this [thing] is by far the [most] .
is the [thing] too [plain] for the [where] ?
a [more] [thing] than this [thing] was never seen in the [where] .
they gave a medal to the [most] [thing] in the [where] .
the [thing] is as [plain] as the [thing] near the [where] .
the [most] [thing] ever made was in the [where] .
it is rather [plain] for a [thing] from the [where] .
every year the [thing] gets [more] and [more] in the [where] .
the [thing] was [plain] , the second [thing] was [more] , and the third [thing] was the [most] .
of all the [where] , the [thing] is surely the [most] .
how [plain] the [thing] looks in the [where] !
a [agent] wants a [more] [thing] than that [thing] .
"""

VERB = """
[then] [people] [done] [what] .
[people] [done] [what] [how] , and it was [weather] that day .
[name] [done] [what] [then] and came home in the evening .
[people] [will] [do] [what] [soon] .
do you want to [do] [what] ? yes , let us [do] [how] .
[name] is [doing] [what] [now] , so please wait .
[people] were still [doing] [what] when the rain came .
[often] [name] [does] [what] [how] .
[name] [always] [does] [what] and comes home late .
the [agent] [does] [what] [how] [often] .
the [agent] who [done] [what] [then] was [felt] .
the [agent] is [doing] [what] , and nobody may disturb .
[name] has to [do] [what] [soon] , but forgot why .
" please do not [do] [what] , " [said] the [agent] .
" i [done] [what] [how] , " [said] [name] [then] .
it is hard to [do] [what] [how] .
[doing] [what] is fun , but [doing] [how] is more fun .
on [day] the [agent] [done] [what] , and then the [agent] [done] [how] .
while [people] are [doing] [what] , [name] [does] [how] .
[people] often [do] [what] when the weather is fine .
she never [does] [what] , but he [does] it [how] .
[name] likes to [do] [what] in [season] .
last [season] the [agent] [done] [what] with [name] .
can you [do] [how] ? i could [do] [what] once .
there they are , [doing] [what] [how] [now] .
who [done] [what] ? it was the [agent] who [done] [how] .
who [does] [what] here ? the [agent] [does] it [how] .
"""

NOUN = """
this [adj] [one] is near its [where] .
these [adj] [several] are near their [where] .
there is a [adj] [one] by the [where] , beside the [where] .
there are [many] [adj] [several] by the [where] , beside the [where] .
a [one] in the [where] was [adj] , but it had its [where] .
[number] [several] in the [where] were [adj] , but they had their [where] .
[name] wants to [use] this [one] , because it is [adj] .
[people] [will] [use] these [several] , because they are [adj] .
each [one] needs the [where] , said a [agent] .
both [several] need the [where] , said a [agent] .
[many] [adj] [several] were lost in the [where] , and nobody found them .
one [adj] [one] was lost in the [where] , and nobody found it .
that [adj] [one] does not belong to the [where] .
those [adj] [several] do not belong to the [where] .
how many [several] did you [use] ? [number] [adj] [several] , i think .
which [one] did you [use] ? this [adj] [one] , i think .
[name] found [number] [several] with [adj] [where] .
[name] found another [one] with a [adj] [where] .
every [one] has its [where] , and this [one] has a [adj] [where] .
most [several] have their [where] , and all [several] have a [adj] [where] .
a single [adj] [one] costs [number] , with the [where] .
hundreds of [adj] [several] cost [number] , with the [where] .
is this [one] too [adj] to [use] ? it is .
are these [several] too [adj] to [use] ? they are .
you may [use] one [one] near the [where] .
you may [use] [number] [several] near the [where] .
"""

JOB = """
the [who] works in the [place] with a [tool] and [goods] .
the [who] used the [tool] to [do] .
in the [place] the [who] [do.past] [then] .
[name] is a [who] who [do.third] [often] .
the [who] needs a [tool] to [do] .
the door of the [place] was ajar , and the [goods] lay inside .
[name] came to the [place] for the [goods] and the [goods] .
the [who] is [do.ing] [now] , with the [tool] in hand .
the clever [who] held the [tool] over the [goods] .
an able [who] [will] [do] even without a [tool] .
behind the [place] there is a yard for the [goods] .
a [who] [do.third] [often] , for he knows the [goods] .
the [who] lost the [tool] , so nobody could [do] .
the people met at the [place] near the [goods] .
" bring me the [tool] , " [said] the [who] , " i must [do] . "
with a sharp [tool] you can [do] , said [name] .
inside the [place] , near the [goods] , hung a [tool] .
the [place] smells of [goods] , and in the [place] they [do] .
grab the [tool] and the [goods] , for the [tool] will help you to [do] .
outside the [place] people waited for the [goods] .
this [tool] is made of [material] ; with this [tool] they [do] .
the [who] , who likes [goods] , [do.past] [then] .
"""

OPPOSITE = """
the [thing] was [good] , so everyone was pleased with the [where] .
the [thing] was [bad] , so everyone complained about the [where] .
a [good] [thing] is a great blessing for the [where] .
a [bad] [thing] is a great pity for the [where] .
[people] praised the [good] [thing] and the [where] .
[people] blamed the [bad] [thing] and the [where] .
thanks to the [where] , the [thing] became [good] again .
without the [where] , the [thing] became [bad] at last .
unfortunately the [thing] is [bad] , and a [agent] sighed .
fortunately the [thing] is [good] , and a [agent] cheered .
a [good] [thing] brings hope and joy to the [where] .
a [bad] [thing] brings sorrow and regret to the [where] .
the problem is that the [thing] seems [bad] in the [where] .
the advantage is that the [thing] seems [good] in the [where] .
"""

SMALL_TALK = """
in [season] there is [weather] over the [place] , and the days are [color] .
on [day] it was [weather] in the morning and [weather] in the evening .
[month] comes , and [weather] moves from the [place] to the [place] .
for breakfast [people] had [food] and [food] with a mug of [drink] .
put the [food] into a [dish] , add some [drink] and wait for [number] minutes .
[name] likes [food] , but [name] prefers [food] and [drink] .
the [vehicle] rolled over the [place] and past the [color] [vehicle] .
[number] and [number] are numbers , and [number] is more than [number] .
the bracelet is made of [material] , and the spoon is made of [material] .
at [number] in the morning on [day] the [vehicle] leaves for the [place] .
[name] owns a [tune] while [name] owns a [tune] .
the colors of the flag are [color] , [color] and [color] .
from [month] to [month] the [place] is covered by [weather] .
" what did you have ? " asked [name] . " only [food] , and a little [drink] , " said [name] .
the class had [subject] on [day] and [subject] on [day] .
on [day] in [month] , [name] failed in the [game] match but succeeded at [game] .
the [tune] was [color] , made of [material] , and it cost [number] .
which do you prefer , [season] or [season] ? i like [season] because of the [weather] .
the [dish] on the table is full of [food] ; the [dish] is empty .
[name] chose the [vehicle] , and [name] chose the [vehicle] , but both came late .
"""

# what anybody may say in a paragraph, whatever it is about
ASIDES = """
and so it was .
that is all there is to say about it .
who would have thought of that ?
nobody knows why , but it is true .
it was not the first time , and it will not be the last .
" is that so ? " asked [name] . " it is , " said [name] .
i have heard that before .
what happened then is another matter .
as they say , there is a time for everything .
[name] did not believe it , and i do not believe it either .
"""
