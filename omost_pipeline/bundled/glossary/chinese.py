"""Chinese requests for the small world, put into English: the usual ways to ask, and word for word within them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from omost_pipeline.bundled.glossary.entries import alternatives, entries
from omost_pipeline.canvas.numbers import NUMBERS, SEVERAL
from omost_pipeline.canvas.wording import article_of, with_articles

_CHARACTER = re.compile(r"[\u3400-\u9fff]")

_WORDS = entries(
    """
    房子, 房屋, 小屋 = house; 树, 大树, 树木 = tree; 猫, 小猫 = cat; 狗, 小狗 = dog; 汽车, 车, 轿车 = car;
    船, 小船, 帆船 = boat; 太阳 = sun; 月亮, 月球 = moon; 星星, 星 = star; 云, 云朵, 白云 = cloud;
    山, 高山, 大山 = mountain; 花, 花朵 = flower; 鱼, 小鱼 = fish; 鸟, 小鸟 = bird; 气球, 热气球 = balloon;
    火箭 = rocket; 城堡 = castle; 球, 皮球 = ball; 心, 爱心 = heart; 蘑菇 = mushroom; 雪人 = snowman;
    雨伞, 伞 = umbrella; 苹果 = apple; 蝴蝶 = butterfly; 龙 = dragon; 恐龙 = dinosaur; 机器人 = robot; 马 = horse;
    牛 = cow; 羊 = sheep; 猪 = pig; 兔子 = rabbit; 狐狸 = fox; 狼 = wolf; 熊 = bear; 狮子 = lion; 老虎 = tiger;
    大象 = elephant; 猴子 = monkey; 熊猫 = panda; 鸭子 = duck; 青蛙 = frog; 乌龟 = turtle; 蛇 = snake; 蜘蛛 = spider;
    蜜蜂 = bee; 鲸鱼 = whale; 鲨鱼 = shark; 独角兽 = unicorn; 美人鱼 = mermaid; 仙女 = fairy; 女巫 = witch;
    骑士 = knight; 国王 = king; 女王 = queen; 公主 = princess; 女孩 = girl; 男孩 = boy; 男人 = man; 女人 = woman;
    孩子 = child; 幽灵 = ghost; 怪物 = monster; 火车 = train; 卡车 = truck; 自行车 = bicycle; 飞机 = airplane;
    塔 = tower; 桥 = bridge; 灯塔 = lighthouse; 帐篷 = tent; 桌子 = table; 椅子 = chair; 床 = bed; 灯 = lamp;
    书 = book; 蛋糕 = cake; 帽子 = hat; 石头 = stone; 河 = river; 湖 = lake; 岛 = island; 火山 = volcano;
    彩虹 = rainbow; 红色, 红 = red; 橙色, 橘色 = orange; 黄色, 黄 = yellow; 绿色, 绿 = green; 蓝色, 蓝 = blue;
    紫色, 紫 = purple; 粉色, 粉红色, 粉红 = pink; 棕色, 褐色 = brown; 黑色, 黑 = black; 白色, 白 = white;
    灰色, 灰 = gray; 青色 = cyan; 金色 = golden; 小 = small; 大, 很大 = big; 巨大 = huge; 一 = a; 两, 二 = two;
    三 = three; 四 = four; 五 = five; 六 = six; 七 = seven; 八 = eight; 九 = nine; 几 = some; 只要, 只有, 只留 = only;
    白天 = day; 夏天 = summer; 春天 = spring;
    油画 = , oil painting; 水彩画, 水彩 = , watercolor; 卡通 = , cartoon;
    素描 = , sketch; 像素画 = , pixel art; 和, 与, 还有 = and; 有 = with; 请 = please; 画, 给我画 = draw;
    图, 图片, 画面 = picture; 夜晚, 晚上, 夜里, 夜空 = at night; 海滩, 沙滩, 海边 = on the beach;
    雪地, 冬天 = in the snow; 日落, 黄昏, 傍晚 = at sunset; 海底, 海里, 水下, 大海 = in the sea;
    海上, 海面上 = on the sea;
    房间, 室内 = in a room; 沙漠 = in the desert; 太空, 宇宙 = in space; 城市, 城里 = in the city;
    草地, 草原, 田野 = in a meadow; 森林, 树林 = in the forest; 花园 = in the garden; 厨房 = in the kitchen;
    婴儿, 宝宝 = baby; 奶奶, 外婆 = grandmother; 爷爷, 外公 = grandfather; 王子 = prince; 新娘 = bride; 新郎 = groom;
    海盗 = pirate; 厨师 = cook; 农夫, 农民 = farmer; 消防员 = firefighter; 警察 = policeman; 士兵 = soldier;
    医生 = doctor; 老师, 教师 = teacher; 学生 = student; 科学家 = scientist; 画家, 艺术家 = artist; 歌手 = singer;
    飞行员 = pilot; 侦探 = detective; 舞者 = dancer; 忍者 = ninja; 宇航员, 航天员 = astronaut; 超级英雄 = superhero;
    圣诞老人 = santa; 巫师, 魔法师 = wizard; 精灵 = elf; 吸血鬼 = vampire; 僵尸 = zombie; 天使 = angel; 小丑 = clown;
    牛仔 = cowboy; 外星人 = alien; 凤凰 = phoenix; 骷髅 = skeleton; 魔鬼 = devil; 山羊 = goat; 长颈鹿 = giraffe;
    袋鼠 = kangaroo; 骆驼 = camel; 斑马 = zebra; 犀牛 = rhino; 老鼠 = mouse; 松鼠 = squirrel; 刺猬 = hedgehog;
    浣熊 = raccoon; 鳄鱼 = crocodile; 蜗牛 = snail; 蚂蚁 = ant; 瓢虫 = ladybug; 螃蟹 = crab; 龙虾 = lobster;
    章鱼 = octopus; 水母 = jellyfish; 海豚 = dolphin; 海豹 = seal; 母鸡 = chicken; 鸡 = chicken; 公鸡 = rooster;
    小鸡 = chick; 鹅 = goose; 天鹅 = swan; 孔雀 = peacock; 火烈鸟 = flamingo; 小狗狗 = puppy; 鹦鹉 = parrot;
    老鹰 = eagle; 鸽子 = dove; 蝙蝠 = bat; 玫瑰 = rose; 郁金香 = tulip; 向日葵 = sunflower; 仙人掌 = cactus;
    棕榈树 = palm; 松树 = pine; 披萨, 比萨 = pizza; 汉堡 = burger; 三明治 = sandwich; 甜甜圈 = donut; 饼干 = cookie;
    生日蛋糕 = birthday cake; 面包 = bread; 奶酪 = cheese; 鸡蛋 = egg; 香蕉 = banana; 橙子, 橘子 = orange; 梨 = pear;
    柠檬 = lemon; 樱桃 = cherry; 草莓 = strawberry; 葡萄 = grape; 西瓜 = watermelon; 菠萝 = pineapple; 桃子 = peach;
    番茄, 西红柿 = tomato; 胡萝卜 = carrot; 玉米 = corn; 南瓜 = pumpkin; 西兰花 = broccoli; 巧克力 = chocolate;
    冰淇淋 = icecream; 咖啡 = coffee; 杯子 = cup; 牛奶 = milk; 瓶子 = bottle; 公共汽车, 公交车 = bus;
    出租车 = taxi; 救护车 = ambulance; 拖拉机 = tractor; 摩托车 = motorcycle; 轮船 = ship; 直升机 = helicopter;
    飞碟 = ufo; 风筝 = kite; 教堂 = church; 工厂 = factory; 学校 = school; 摩天大楼 = skyscraper; 喷泉 = fountain;
    风车 = windmill; 冰屋 = igloo; 沙发 = sofa; 门 = door; 窗户 = window; 镜子 = mirror; 钟, 时钟 = clock;
    电视 = television; 电话 = telephone; 电脑 = computer; 相机 = camera; 蜡烛 = candle; 铅笔 = pencil;
    剪刀 = scissors; 锤子 = hammer; 斧头 = axe; 钥匙 = key; 剑 = sword; 盾牌, 盾 = shield; 梯子 = ladder;
    扫帚 = broom; 水桶 = bucket; 篮子 = basket; 灯笼 = lantern; 信 = letter; 盒子, 箱子 = box; 礼物 = gift;
    旗子, 旗 = flag; 宝藏 = treasure; 钻石 = diamond; 王冠, 皇冠 = crown; 戒指 = ring; 铃铛 = bell; 锚 = anchor;
    背包 = backpack; 刀 = knife; 泰迪熊 = teddy bear; 娃娃 = doll; 吉他 = guitar; 小提琴 = violin; 钢琴 = piano;
    鼓 = drum; 小号 = trumpet; 足球 = football; 篮球 = basketball; 裙子 = dress; 衬衫 = shirt; 鞋子 = shoe;
    靴子 = boot; 眼镜 = glasses; 围巾 = scarf; 闪电 = lightning; 行星 = planet; 地球 = earth; 雪花 = snowflake;
    火 = fire; 岩石 = rock; 雨中, 雨里 = in the rain; 秋天 = in autumn; 天空 = in the sky; 街上 = in the street;
    打败, 大战 = fights; 追 = chases; 骑着, 骑 = riding; 拿着 = holding; 戴着, 穿着 = wearing; 睡觉, 睡 = sleeping;
    屋顶 = roof; 烟囱 = chimney; 翅膀 = wings; 尾巴 = tail;
    没有 = without; 我的 = my; 公园 = in the park; 鹿, 小鹿 = deer; 企鹅 = penguin; 猫头鹰 = owl
    """
)
_PLACES = entries(
    """
    左边, 左侧, 左面, 左 = left; 右边, 右侧, 右面, 右 = right; 上面, 上方, 上, 顶部 = above;
    下面, 下方, 下, 底部 = below; 旁边, 边上, 附近 = beside; 前面, 前方, 前 = front; 后面, 背后, 后方, 后 = behind;
    中间, 中央 = middle
    """
)
_RELATION = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "under",
    "beside": "next to",
    "front": "in front of",
    "behind": "behind",
    "middle": "in the middle of",
}
_SPOT = {
    "left": "to the left",
    "right": "to the right",
    "above": "to the top",
    "below": "to the bottom",
    "beside": "to the side",
    "front": "to the front",
    "behind": "to the back",
    "middle": "to the middle",
}
_CORNERS = {
    f"{side}{end}{word}": f"{height} {where}"
    for side, where in (("左", "left"), ("右", "right"))
    for end, height in (("上", "top"), ("下", "bottom"))
    for word in ("角", "方", "")
}
_HERE = {
    **{said: f"in the {corner}" for said, corner in _CORNERS.items()},
    **{said: f"on the {side}" for said, side in _PLACES.items() if side in {"left", "right"}},
    **dict.fromkeys(("上面", "上方", "顶部"), "at the top"),
    **dict.fromkeys(("下面", "下方", "底部"), "at the bottom"),
    **dict.fromkeys(("中间", "中央"), "in the middle"),
}
"""Places of the picture itself, not beside something else."""
_PREPOSITION = re.compile(r"^(?:at|on|in) ")
_MEASURES = "顶件副双只个座棵朵条辆艘颗匹头位把架幅张栋间轮片块群"
_COLORS = frozenset("red orange yellow green blue purple pink brown black white gray cyan golden".split())
_COUNTS = frozenset(("a", "an", "some", "the", "my", *NUMBERS))
_NUMBERED = re.compile(
    rf"\b({SEVERAL}|some) "
    r"((?:\w+ (?!(?:in|on|at|and|or|with|above|below|under|next|beside|behind) ))?)(\w+)"
)
_PRONOUNS = {"它": "it", "他": "him", "她": "her"}
_CARRIES = {"戴": "wearing", "穿": "wearing", "拿": "holding", "抱": "holding", "举": "holding", "骑": "riding"}
_NO = "(?:不对?|不是|错了|还是)[，,]?(?:我(?:要|想要|说)的?)?(?:是|要|换成|改成|应该是)?"
"""How somebody begins who meant something else."""
_UNCHANGED = frozenset(("fish", "sheep", "deer"))


def is_chinese(words: str) -> bool:
    """Whether any character is a Chinese one."""
    return _CHARACTER.search(words) is not None


def from_chinese(words: str) -> str:
    """The request in English; words that the tables lack stay Chinese."""
    spoken = re.sub(r"\s+", "", words).strip("。！!.？?").removeprefix("请").removeprefix("给我").removeprefix("画")
    for pattern, english in _sentences():
        if found := pattern.fullmatch(spoken):
            return english(found)
    return _described(spoken)


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    """The ways to ask, the telling ones first, each with how English puts it."""
    place, here, corner = alternatives(_PLACES), alternatives(_HERE), alternatives(_CORNERS)
    picture = "(?:画面|图片|图)?的?"
    away = "去掉|删除|删掉|移除|拿走|去除|擦掉"
    into = "变成|改成|换成|变为|改为|涂成"
    return tuple(
        (re.compile(pattern), english)
        for pattern, english in (
            (
                rf"(?:一[{_MEASURES}])?(戴|穿|拿|抱|举|骑)着?([^的]+?|[^的]+的[^的]+?)的([^在，,的]+?)(?:在(.*?)里?)?",
                lambda found: f"{_a(found[3])} {_CARRIES[found[1]]} {_a(found[2])} {_glossed(found[4] or '')}".strip(),
            ),
            (r"(?:不要|不用|去掉)([^，,]+?)了", lambda found: f"remove {_the(found[1])}"),
            (
                rf"{_NO}(?=[一两二三四五六七八九])([^，,]+?)(?:吧|更好)?",
                lambda found: f"no, {_a(found[1])}",
            ),
            (rf"(?:{into})(?=[一两二三四五六七八九])([^，,]+?)吧?", lambda found: f"no, {_a(found[1])}"),
            (rf"(?:{into})([^，,]+?)吧?", lambda found: _turned("它", found[1])),
            (
                rf"(?:移到|放到|移动到|放在|移){picture}({corner})",
                lambda found: f"move it to the {_CORNERS[found[1]]}",
            ),
            (rf"(?:移到|放到|移动到|放在|移)({place})", lambda found: _moved("它", found[1])),
            (rf"(?:把|将)?(.+?)(?:{into})(.+)", lambda found: _turned(found[1], found[2])),
            (
                rf"(?:把|将)?(.+?)(?:移到|放到|移动到|放在|移){picture}({corner})",
                lambda found: f"move {_the(found[1])} to the {_CORNERS[found[2]]}",
            ),
            (
                rf"(?:再|请)?在?{picture}({here})(?:添加|加上|加入|加|放|画)(?:上|入)?(.+)",
                lambda found: f"add {_a(found[2])} {_HERE[found[1]]}",
            ),
            (
                rf"在?{picture}({here})(?:有|是)([^，,]+)(?:[，,](?:还有)?(.*))?",
                lambda found: f"{_a(found[2])} {_HERE[found[1]]}" + (f", {from_chinese(found[3])}" if found[3] else ""),
            ),
            (rf"(?:把|将)?(.+?)(?:移到|放到|移动到|放在|移)({place})", lambda found: _moved(found[1], found[2])),
            (
                r"(?:把|将|让)?(.+?)(?:变得|变|弄|放|更|再)大(?:一?点|一?些)?",
                lambda found: f"make {_the(found[1])} bigger",
            ),
            (
                r"(?:把|将|让)?(.+?)(?:变得|变|弄|缩|更|再)小(?:一?点|一?些)?",
                lambda found: f"make {_the(found[1])} smaller",
            ),
            (r"(?:把|将)?(.+?)(?:放回来|放回去|加回来|恢复)", lambda found: f"put {_the(found[1])} back"),
            (
                r"给(.+?)(?:戴上?|穿上?|加上?|配上?|画上?)?(?=[一两])(.+)",
                lambda found: f"give {_the(found[1])} {_a(found[2])}",
            ),
            (r"撤销|取消|撤回|恢复上一步", lambda _: "undo"),
            (rf"(?:{away})(.+)", lambda found: f"remove {_the(found[1])}"),
            (rf"(?:把|将)(.+?)(?:{away})", lambda found: f"remove {_the(found[1])}"),
            (
                rf"在(.+?)的?({place})(?:添加|加上|加|放|画)(.+)",
                lambda found: f"add {_placed(found[3], _the(found[1]), found[2])}",
            ),
            (r"(?:再|还)来(?=[一两二三四五六七八九])(.+)", lambda found: f"add {_a(found[1])}"),
            (r"(?:去掉|少)(?=[一两二三四五六七八九])([^，,]+?)", lambda found: f"{_a(found[1])} fewer"),
            (r"我(?:想)?要(?=[一两二三四五六七八九])([^，,]+?)", lambda found: f"i want {_a(found[1])}"),
            (r"(?:在)?([^，,]+?)之间的([^，,]+)", lambda found: f"{_a(found[2])} between {_glossed(found[1])}"),
            (r"([^，,]+?)在([^，,]+?)之间", lambda found: f"{_a(found[1])} between {_glossed(found[2])}"),
            (r"(?:再|添)?(?:添加|加上|加入|加)(.+)", lambda found: f"add {_a(found[1])}"),
            (
                rf"([^，,]+?)在([^，,]+?)的?(里|{place})(.*)",
                lambda found: f"{_placed(found[1], _a(found[2]), found[3])}{_rest(found[4])}",
            ),
            (
                rf"([^，,]+?)(里|{place})的([^，,]+)(.*)",
                lambda found: f"{_placed(found[3], _a(found[1]), found[2])}{_rest(found[4])}",
            ),
        )
    )


def _described(chinese: str) -> str:
    """A scene, word for word; ``海边的房子``, where it is set standing first, ends with that in English."""
    where, _, thing = chinese.partition("的")
    there = _glossed(where)
    return f"{_a(thing)} {there}" if thing and _PREPOSITION.match(there) else _glossed(chinese)


def _turned(thing: str, into: str) -> str:
    """``把猫变成…``: the background, a colour or another thing."""
    english = _glossed(into)
    if thing in {"背景", "场景"}:
        return f"change the background to {_PREPOSITION.sub('', english)}"
    if english in _COLORS:
        return f"make {_the(thing)} {english}"
    return f"replace {_the(thing)} with {_a(into)}"


def _moved(thing: str, place: str) -> str:
    return f"move {_the(thing)} {_SPOT[_PLACES[place]]}"


def _placed(thing: str, there: str, place: str) -> str:
    """A thing at a place of the world, or beside another thing."""
    bare = re.sub(r"^(?:an?|the) ", "", there)
    if _PREPOSITION.match(bare):
        return f"{_a(thing)} {bare}"
    return f"{_a(thing)} {_RELATION[_PLACES[place]] if place in _PLACES else 'in'} {there}"


def _rest(chinese: str) -> str:
    """What follows the main phrase."""
    english = _glossed(chinese)
    return f", {english}" if english else ""


def _the(chinese: str) -> str:
    """A thing already in the picture."""
    if chinese in _PRONOUNS:
        return _PRONOUNS[chinese]
    english = _glossed(chinese)
    return english if english.split(" ")[0] in _COUNTS else f"the {english}"


def _a(chinese: str) -> str:
    """A thing not yet in the picture."""
    english = _glossed(chinese)
    return english if english.split(" ")[0] in _COUNTS else f"{article_of(english)} {english}"


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?P<count>[一两二三四五六七八九几])[{_MEASURES}]|(?P<word>{alternatives(_WORDS)})|(?P<of>的)")


def _glossed(chinese: str) -> str:
    """A noun phrase, word for word; Chinese puts its adjectives where English does."""

    def english(found: re.Match[str]) -> str:
        return " " if found["of"] else f" {_WORDS[found['count'] or found['word']]} "

    glossed = _pattern().sub(english, chinese).replace("，", ", ").replace("。", ". ").replace("、", " and ")
    glossed = re.sub("在 *", " ", glossed)  # English says where by its own small words
    glossed = re.sub(r"[\s,]*, ?", ", ", re.sub(r"\s+", " ", glossed)).strip(" ,.在")
    glossed = _NUMBERED.sub(_several, glossed)
    return with_articles(glossed)


def _several(found: re.Match[str]) -> str:
    """``two green balloon`` → ``two green balloons``."""
    return f"{found[1]} {found[2]}{found[3]}{'' if found[3] in _UNCHANGED else 's'}"
