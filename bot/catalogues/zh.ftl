# 机器人说的话，简体中文。消息和参数与 en.ftl 相同；有测试进行比对。

## 拼接

list-separator = 、
sentence-separator = {""}

## 命令

help =
    告诉我要画什么，我就画出来；然后告诉我要改什么。

    /imagine 描述：画一张新图
    /edit 改动：修改最新的图；不写内容则打开表单（描述、尺寸、种子）
    /undo：回到上一张图；/history：查看所有图片；/compare：并排比较两张
    /layout：查看各部分的位置，并可手动调整
    /vary：重画最新图片的一个部分，其余保持不变
    /enhance：把最新的草稿画成成品
    /describe：附上一张图，或在图之后：看看它画了什么，以便修改其中的部分
    /changes：查看最近一次修改改动了哪里；/redraw：全部重画
    /canvas：查看最新图片的代码；/export：导出给其他程序
    /settings：你自己的默认设置；/settings here：此处的默认设置
    /queue：查看谁在排队、要等多久
    /cancel：停止我正在这里为你画的图
    /report：向管理员举报图片
    /character save 名字 the cat：给最新图片的一个部分起名，供以后的图使用；/character：查看这些角色
    /forget：删除我保存的关于你的一切
    /help：显示本帮助

    描述前面可以写选项，例如 /imagine --size wide 黎明的港口。可用的选项：{ $examples }。

    发送 .json 或 .py 格式的画布文件（也可以是 Ideogram、FIBO 或 ComfyUI 的），我会原样画出来；附带的文字会成为它的标题。
    发送图片就从它开始：附带的文字会画进去，其余部分保持原样。
    以 // 开头的消息我会忽略。
unknown-command = 我不认识 { $name }。发送 /help 可以查看我会做什么。
no-words = 请在命令后面写上要画什么，例如：/imagine 大太阳下的红房子。
hello = 你好！告诉我要画什么，例如：大太阳下的红房子。然后告诉我要改什么。其他功能见 /help。
welcome = 不客气！告诉我要改什么，或者接下来画什么。
empty-message = 这条消息是空的。请告诉我要画什么，例如：大太阳下的红房子。
nothing-here = 这里还没有图片。请告诉我要画什么。
nothing-to-undo = 没有可撤销的：这是第一张图。
nothing-left = 没有可以返回的图：之前的都已删除或没有画成。
nothing-to-cancel = 没有可取消的：已经完成了。
not-composed = 这张图还没有布局。请等一下；如果失败了，请按“重试”。
not-retried = 不需要重试：这张图正在画，或者已经画好了。
unchanged = 没有任何改动，所以没有新的图要画。
unknown-turn = 我不认识这张图。它可能来自别的聊天，或来自已经不存在的数据库。
picture-removed = 这张图已被删除。
no-such-picture = 这张图已经不在了。按“重画”可以再画一张。
which-larger = 要放大哪一张？
which-region = 要重画哪个部分？其余保持不变。
no-regions-to-vary = 这张图没有单独的部分。点“重画”可以整张重画。
unknown-button = 我不认识这个按钮，它可能来自我的另一个版本。
unknown-form = 我不认识这个表单。请重新按一下按钮。
stopping = 正在停止…
cannot-post = 我没有在那里发言的权限，所以没有开始画。请检查我的权限，或者你是否接收我的私信。
not-yours-to-stop = 只有要求画这张图的人或管理员才能停止它。
not-yours-to-remove = 只有要求画这张图的人或管理员才能删除它。
not-yours-to-change = 只有请求这张图的人或管理员可以修改它。请用 /imagine 开始画你自己的图。
not-your-thread-to-change = 在这里你可以修改自己的图，其他的图只有发起这个对话的人可以修改。请用 /imagine 开始画你自己的图。
moderators-only = 只有管理员才能更改所有人的默认设置。单独发送 /settings 可以更改你自己的。
adults-only = 我只在标记为年龄限制的聊天中作画，而这里不是。

## 一张图的进度

status-next = 下一个就是你。
status-waiting = 排队中：前面还有 { $ahead } 张图。
status-waiting-time = 排队中：前面还有 { $ahead } 张图，{ $duration }。
duration-short = 不到一分钟
duration-minutes = 大约 { $minutes } 分钟
duration-hours = 大约 { $hours } 小时
status-composing-soon = 正在构思画面布局…
status-drawing-soon = 正在准备作画…
status-loading = { $part ->
    [composer] 正在加载语言模型…
   *[renderer] 正在加载绘图模型…
 }
status-lost = { $part ->
    [composer] 暂时无法连接运行语言模型的机器，正在等待恢复…
   *[renderer] 暂时无法连接绘图的机器，正在等待恢复…
 }
status-downloading = { $part ->
    [composer] 正在下载语言模型，只需下载一次。
   *[renderer] 正在下载绘图模型，只需下载一次。
 }
status-downloading-share = { $part ->
    [composer] 正在下载语言模型：{ $size } GiB 的 { $percent }%，只需下载一次。
   *[renderer] 正在下载绘图模型：{ $size } GiB 的 { $percent }%，只需下载一次。
 }
status-composing = 正在构图：
status-drawing = 正在绘制：第 { $number } 步，共 { $total } 步。
status-cancelled = 已取消。
status-removed = 已被 { $name } 删除。
status-forgotten = 已删除：请求这张图的人要求删除。

## 结果

result-only-layout = 图片本身已经不在了，这是它的布局。按“重画”可以重新画出来。
result-spoiler = 图片检查建议谨慎观看，所以这张图先隐藏起来，点开才会显示。
result-blurred = 图片检查在这张图里发现了此处不展示的内容，所以做了模糊处理。
result-blocked = 图片检查拦下了其中 { $count } 张图。
result-cut = 描述提前中断了，可能缺少一些内容。
result-unchanged = 什么都没有变：可能本来就是这样，也可能是我没听懂。请换个说法，或者用“布局”手动修改。
result-question = 什么都没有变。我只会画画，不会聊天；图里有这些：{ $canvas } 请告诉我要改什么，例如：把天空变成粉色。
result-brought = { $kind ->
    [canvas] 我认得这张图片和它的画布。告诉我要改什么，其余部分保持不变。
    [described] 我看过了你的图；“布局”和“画布”显示我在哪里看到了什么。告诉我要改什么；其余保持原样。
   *[picture] 我从你的图片开始。告诉我要往里面画什么，没有画到的地方保持原样。
 }
fixes-all = 小修正：{ $fixes }。
fixes-some = 小修正：{ $fixes }。按“代码”可以查看全部 { $count } 处。
fixes-unnamed = 做了 { $count } 处小修正；按“代码”可以查看。
bundled-limits = { $language ->
    [de] 自带的小模型只会画简单的场景，德语也懂得不多。
    [es] 自带的小模型只会画简单的场景，西班牙语也懂得不多。
    [fr] 自带的小模型只会画简单的场景，法语也懂得不多。
    [zh] 自带的小模型只会画简单的场景，中文也懂得不多。
   *[en] 自带的小模型只会画简单的场景。
 }
bundled-guess = 它们没见过“{ $thing }”，只能猜着画。
bundled-switch = 想画什么都行的话，请在 config.toml 中设置 profile = "omost"。
footer-seed = 种子 { $seed }
footer-seeds = 种子 { $first } 至 { $last }
footer-remembering = 只记得最近 { $turns } 次修改
footer-kept = 保留了图片的 { $percent }%
footer-restyled = 同一画面，换了画风
footer-layers-gone = 已移除：{ $things }
footer-layers-changed = 直接修改：{ $things }
footer-layers-drawn = 重新绘制：{ $things }
footer-layers-scene = 背景重新绘制
footer-whole = { $reason ->
    [scene] 整张重画：整个场景都变了
    [all] 整张重画：改动占满了整张图
    [size] 整张重画：上一张图的尺寸不同
    [model] 整张重画：上一张图是另一个模型画的
    [settings] 整张重画：选项与上一张图不同
    [larger] 整张重画：图片被放大了
   *[missing] 整张重画：上一张图已无法修改
 }
footer-larger = 已放大，后续修改按原尺寸绘制
footer-unheeded = 未使用引导绘制，区域中不要出现的内容未起作用
footer-varied = 重画了：{ $region }
changes-shown = 彩色部分是这次修改可以改动的地方，灰色的 { $percent }% 与之前完全相同。
changes-expected = 彩色部分是这次修改可能改动的地方（根据布局估计），其余保持不变。
changes-whole = { $reason ->
    [scene] 整张图都重画了，因为整个场景都变了。
    [all] 整张图都重画了，因为改动占满了整张图。
    [size] 整张图都重画了，因为上一张图的尺寸不同。
    [model] 整张图都重画了，因为上一张图是另一个模型画的。
    [settings] 整张图都重画了，因为选项与上一张图不同。
    [larger] 整张图都重画了，因为图片被放大了。
   *[missing] 整张图都重画了，因为上一张图已无法修改。
 }
changes-none-before = 这张图不是由之前的图修改而来，所以没有可比较的。
layout-no-regions = 没有单独的区域：整张图是一个场景。
code-too-long = 代码太长，无法在这里显示，请看附件。
code-corrections = 对模型所写内容的更正：
code-corrected = { $line ->
    [0] {""}
   *[other] 第 { $line } 行：
 }{ $field } “{ $wrong }”读作“{ $right }”
code-added = { $line ->
    [0] {""}
   *[other] 第 { $line } 行：
 }缺少 { $field }，按 { $right } 处理
code-more-corrections = …以及另外 { $count } 处

## 文件说明

alt-layout = 布局：{ $canvas }
alt-changes = 灰色的图片，彩色部分是这次修改可以改动的地方
alt-preview = 第 { $number } 步（共 { $total } 步）的预览
alt-masks = 布局，以及每个区域的蒙版
alt-code = 画布的代码
alt-json = 画布的 JSON
alt-comfyui = 用于 ComfyUI 的画布

## 按钮

button-edit = 修改
button-reroll = 重画
button-variations = 变体
button-larger = 放大
button-undo = 撤销
button-layout = 布局
button-code = 代码
button-delete = 删除
button-cancel = 取消
button-retry = 重试
button-changes = 改动了哪里
button-redraw = 全部重画
button-vary = 重画一个部分

## 表单

form-edit = 修改图片
field-words = 要画什么
form-new-region = 新区域
region-add = 添加区域
region-unnamed = 某物
field-description = 画的是什么
field-place = 位置
field-area = 大小
field-color = 颜色
field-offset = 偏移
field-distance = 距离（数值小则近）
field-negative = 此处不要出现
field-method = 区域保持方式
method-usual = 与整幅图相同
field-strength = 其文字的权重（大于 0，至多 1）
field-reference = 看起来像（图片文件名，或角色的名字）
field-control = 跟随（类型加图片文件名：pose ab12cd-1 0.8 until 0.6）
field-remove = 保留或移除
region-keep = 保留
region-remove = 移除
unknown-region = 图中已经没有这个区域了。请再按一次“布局”查看现有的区域。
no-description = 请说明新区域画什么，例如：黄色的太阳。

## 设置

settings-mine = 你自己的默认设置
settings-here = 此处所有人的默认设置
settings-channel = 本频道及其子区的默认设置
settings-all = 整个服务器或群组的默认设置
choice-default = 机器人的默认值
choice-none = 无
field-default-size = 尺寸：512x512，或 { $shapes }
settings-saved = 已保存。{ $scope ->
    [me] 你的新图片
    [here] 此处的新图片
    [channel] 本频道及其子区的新图片
   *[all] 整个服务器或群组的新图片
 }将使用：{ $values }。
settings-cleared = 已保存。{ $scope ->
    [me] 你的新图片
    [here] 此处的新图片
    [channel] 本频道及其子区的新图片
   *[all] 整个服务器或群组的新图片
 }将使用机器人的默认设置。
size-rounded = 尺寸以 { $unit } 像素为一级，所以 { $asked } 变成了 { $used }。

## 队列

queue-empty = 没有人在排队。
queue-none-yours = 有 { $total } 张图在排队，没有你的。
queue-yours = 有 { $total } 张图在排队。你的前面还有：{ $ahead }。
queue-place = { $ahead }（{ $duration }）
refused-too-many-yours = 你已有 { $most } 张图在排队，这是每人的上限。请稍等，或者取消一张。
refused-too-many-waiting = 队列已满：已有 { $most } 张图在排队。请过一会儿再试。
refused-too-many-a-minute = 一分钟内超过了 { $most } 张图。请稍等一下。

## 谁可以使用，能用多少

refused-blocked = 我不能为你或在这里提供服务，这由运行我的人决定。
refused-banned = 你目前不能在这里使用我。如果你认为这是误会，请联系管理员。
refused-banned-because = 你目前不能在这里使用我：{ $reason }。如果你认为这是误会，请联系管理员。
refused-not-allowed = 我只为名单上的人和地方服务。你在名单上的名字是 { $id }；运行我的人可以把你加进去。
refused-not-admin = 只有管理员可以这样做。
refused-words = 这里我不画这个。请换一个请求。
refused-words-because = 这里我不画这个：{ $reason }
refused-canvas-words = 根据你的话写出的内容，我在这里不画。请换一种说法。
refused-canvas-because = 根据你的话写出的内容，我在这里不画：{ $reason }
forget-ask = 这会删除我保存的关于你的一切：你写的话、你的图、你的默认设置，这里和这个平台上的任何地方。不能撤销。别人用你的图做的东西仍归他们；你在聊天里写的消息，只有你自己或管理员能在那里删除。要继续，请发送：/forget everything
forget-done = 完成。已删除你的 { $turns } 个请求，包括文字、图和默认设置。你在聊天里写的消息会留着，直到你在那里删除。我只保留你最近画了多少（一天），以及你是否被禁止。
forget-pending = 我还有 { $messages } 条消息显示着图；平台允许的我会改掉。
refused-paused = 我暂时不接受新的图。请稍后再试。
refused-paused-here = 管理员暂停了这里的新图。请稍后再试。
refused-quota-hour = 你每小时可以画 { $most } 张图，这次会超出。{ $duration }后又有名额。
refused-quota-day = 你每天可以画 { $most } 张图，这次会超出。{ $duration }后又有名额。
refused-quota-hour-here = 这里每小时可以画 { $most } 张图，这次会超出。{ $duration }后又有名额。
refused-quota-day-here = 这里每天可以画 { $most } 张图，这次会超出。{ $duration }后又有名额。
refused-cooldown = 请等 { $seconds } 秒再画下一张图。
refused-too-many-pixels = 这张图会有 { $pixels } 像素；你最多可以用 { $most }。请选择小一点的尺寸。
refused-too-many-pictures = 你一次要了 { $pictures } 张图；最多可以要 { $most } 张。

## 管理员看到的

admin-help =
    /admin status：现在的情况
    /admin pause、/admin drain、/admin resume：不再接受新的图（pause 时排队的也不开始）；加上 “here” 只对这里有效
    /admin ban 谁 [原因]、/admin unban 谁
    /admin quota 谁 每小时 [每天]，或者 谁 none
    /admin log：谁作了什么决定

    “谁”是 ID、提及或 “here”；也可以写全，例如 discord:role:1234。
admin-paused = 全部暂停：不接受新的图，排队的也不开始。
admin-paused-here = 这里已暂停：不接受这里的新图。
admin-draining = 正在收尾：不接受新的图，排队的会画完。
admin-draining-here = 这里正在收尾：不接受这里的新图，排队的会画完。
admin-resumed = 恢复正常。
admin-not-stopped = 那里并没有暂停或收尾。
admin-banned = { $subject } 不能再在这里使用我。
admin-unbanned = { $subject } 又可以使用我了。
admin-no-ban = { $subject } 没有被禁止。
admin-not-yourself = 你不能禁止你自己。
admin-quota = { $subject } 每小时可以画 { $hour } 张，每天 { $day } 张。
admin-quota-hour = { $subject } 每小时可以画 { $hour } 张。
admin-quota-lifted = { $subject } 不再有单独的配额。
admin-no-quota = { $subject } 没有单独的配额。
admin-bad-quota = “{ $entered }”不是配额。请写每小时多少张图，也可以再写每天多少张，例如：30 200。
admin-unknown-subject = 我不知道“{ $entered }”是谁或什么。请写 ID、提及或 “here”，或者写全：{ $form }。在服务器里，你可以对它的成员和身份组作决定。
admin-status-queue = { $waiting } 张图在排队，{ $running } 张正在画。
admin-status-rulings = 禁止：{ $bans }。单独的配额：{ $quotas }。
admin-log-empty = 还没有任何决定。
admin-do-status = 现在的情况
admin-do-pause = 暂停
admin-do-resume = 恢复
admin-do-drain = 收尾：画完排队的
admin-do-ban = 禁止
admin-do-unban = 解除禁止
admin-do-quota = 配额
admin-do-log = 决定的记录

## 无法做到的事

refused-too-long = 这条消息有 { $length } 个字符，上限是 { $most }。请缩短一些。
refused-text-too-long = { $option }：有 { $length } 个字符，上限是 { $most }。请缩短一些。
refused-file-too-large = “{ $name }”有 { $size } MiB；这类文件最大为 { $most } MiB。
refused-no-size = “{ $entered }”不是尺寸。请写“宽 x 高”，例如 512x512，或者写形状，例如 wide。
refused-side = { $side } 像素超出范围；每条边必须在 { $shortest } 到 { $longest } 像素之间。
refused-no-number = “{ $entered }”不能用于 { $option }。请用 { $low } 到 { $high } 之间的数。
refused-no-whole-number = “{ $entered }”不能用于 { $option }。请用 { $low } 到 { $high } 之间的整数。
refused-unknown-choice = “{ $entered }”不能用于 { $option }。可以选择：{ $known }。
refused-already-large = 这张图已经有 { $size } 像素；我能画的最长边是 { $most } 像素。
refused-no-choice = “{ $entered }”不能用于“{ $field }”。可以选择：{ $known }。
refused-no-color = 我不认识颜色“{ $entered }”。请用名称，例如 light blue 或浅蓝，或者代码，例如 #87ceeb。
refused-no-distance = “{ $entered }”不是距离。请用大于 0、不超过 { $most } 的数。
refused-too-many-regions = 一张图最多有 { $most } 个区域，这张已经满了。请先移除一个。
refused-unknown-scope = 没有名为“{ $entered }”的设置。/settings 是你自己的，/settings here 是此处的。

## 出错的情况

failed-unexpected = 我这边出了点问题。你的描述还在，请按“重试”。
failed-nothing-drawn = 模型还没画出任何东西就停了。请按“重试”。
failed-canvas = 语言模型连续两次写出的内容我都读不懂（{ $reason }）。请按“重试”。
failed-too-often = 处理这张图时我不得不重启了 { $times } 次，所以放弃了。换小一点的尺寸或简单一点的要求也许可以。
failed-store = 我现在无法使用数据库。请稍后再试。
failed-picture-blocked = 图已经画好，但图片检查在里面发现了此处不展示的内容。换个说法，或者再试一次，也许就可以。
failed-picture-unchecked = 图已经画好，但没能按这里的要求检查，所以不展示。请告诉运行我的人。
failed-picture-gone = 我要看的那张图已经不在了。请再发一次。
failed-not-saved = 图已经画好，但没能保存。请再试一次；如果一直这样，请告诉运行我的人。
failed-memory = 画这张图时内存不够用。换小一点的尺寸或少画几张也许可以。
failed-budget = 仅这段描述对语言模型来说就太长了。请缩短一些。
failed-weights = 我的一个模型还没有准备好：{ $reason }。
failed-canvas-file = 我读不懂这个画布：{ $reason }。
failed-other = 没能完成：{ $reason }。
failed-too-long = { $duration }后我停止了这个任务。缩小尺寸、减少步数或少画几张会更快。

## 请求的选项（英文写在选项本身旁边）

option-size-name = 尺寸
option-style-name = 风格
option-seed-name = 种子
option-count-name = 数量
option-negative-name = 排除
option-steps-name = 步数
option-guidance-name = 引导强度
option-initial-name = 起点
option-keep-name = 保留
option-strength-name = 强度
option-margin-name = 边距
option-draft-name = 草稿
option-temperature-name = 温度
option-top_p-name = top_p
option-tokens-name = 词元数
option-size-help = 图片的形状
option-style-help = 图片的风格
option-seed-help = 同样的描述加同样的种子得到同样的图
option-count-help = 画几张
option-negative-help = 图片中不应出现的内容
option-steps-help = 用多少步来画
option-guidance-help = 多大程度上遵循画布
option-initial-help = 是否从布局的大致颜色开始画
option-initial-off = 只从噪声开始
option-initial-0-95 = 0.95：从浓的颜色开始
option-initial-0-97 = 0.97：从颜色开始
option-initial-0-99 = 0.99：从淡淡的颜色开始
option-keep-help = 修改时是否保留没有改动的每个像素
option-keep-on = 只画改动的部分
option-keep-off = 全部重画
option-draft = 草稿
option-draft-help = 是否先画草稿：更小、步数更少，直到定稿
option-draft-on = 草稿，快
option-draft-off = 成品
option-strength-help = 修改与原来的内容相差多远
option-margin-help = 改动处周围多大范围也可以改变（占长边的比例）
option-temperature-help = 语言模型写画布时有多自由
option-top_p-help = 语言模型在多大比例的可能内容中选择
option-tokens-help = 语言模型最多可以写多少词元
shape-square = 方形
shape-portrait = 竖幅
shape-landscape = 横幅
shape-wide = 宽幅
shape-tall = 长竖幅
option-style-photo = 照片
option-style-cinematic = 电影剧照
option-style-watercolor = 水彩
option-style-oil = 油画
option-style-ink = 水墨线稿
option-style-pencil = 铅笔素描
option-style-comic = 漫画
option-style-anime = 动漫
option-style-storybook = 童话绘本
option-style-pixel = 像素画
option-style-render = 三维渲染
option-style-papercut = 剪纸
option-size = 尺寸（宽 x 高，像素）
option-seed = 种子
option-style = 风格
option-negative = 图片中不应出现的内容

## 区域：位置、大小和偏移

place-in-the-center = 中央
place-on-the-left = 左侧
place-on-the-right = 右侧
place-on-the-top = 上方
place-on-the-bottom = 下方
place-on-the-top-left = 左上
place-on-the-top-right = 右上
place-on-the-bottom-left = 左下
place-on-the-bottom-right = 右下
area-a-small-square-area = 小，方形
area-a-small-vertical-area = 小，竖长
area-a-small-horizontal-area = 小，横长
area-a-medium-sized-square-area = 中，方形
area-a-medium-sized-vertical-area = 中，竖长
area-a-medium-sized-horizontal-area = 中，横长
area-a-large-square-area = 大，方形
area-a-large-vertical-area = 大，竖长
area-a-large-horizontal-area = 大，横长
offset-no-offset = 不偏移
offset-slightly-to-the-left = 略偏左
offset-slightly-to-the-right = 略偏右
offset-slightly-to-the-upper = 略偏上
offset-slightly-to-the-lower = 略偏下
offset-slightly-to-the-upper-left = 略偏左上
offset-slightly-to-the-upper-right = 略偏右上
offset-slightly-to-the-lower-left = 略偏左下
offset-slightly-to-the-lower-right = 略偏右下

## Discord、Telegram 和网页聊天自己说的话

command-imagine-help = 根据你的描述画一张新图
command-edit-help = 修改最新的图片
command-edit-here-help = 修改这里最新的图片
command-undo-help = 回到上一张图
command-changes-help = 显示最近一次修改改动了哪里
command-redraw-help = 把最新的图片全部重画
command-vary-help = 重画一个部分，其余保持不变
command-canvas-help = 显示最新图片的代码
command-layout-or-code-help = 显示最新图片的布局或代码
command-settings-group-help = 你自己的默认设置，或本群的默认设置
command-settings-help = 你自己的默认设置，或本子区、本频道、本服务器的默认设置
command-queue-help = 显示谁在等待
command-cancel-help = 停止正在为你画的图
command-help-help = 我能做什么
command-listen-help = 此子区中哪些消息是给我的
command-admin-help = 管理员：暂停、配额、禁止、现在的情况
command-forget-help = 删除我保存的关于你的一切
parameter-sure-help = 留空则先看看会删除什么
forget-everything = 是的，全部删除
parameter-do-help = 做什么
parameter-about-help = 关于谁或什么，以及数字或原因
parameter-prompt-help = 要画什么
parameter-words-help = 要改什么；留空则打开表单
parameter-show-help = 要显示什么
parameter-scope-help = 谁的默认设置
show-layout = 布局
show-code = 代码和 JSON
scope-mine = 我的
scope-thread = 本子区的
scope-channel = 本频道及其所有子区的
scope-server = 本服务器的
listen-auto = 自动：安静时听所有消息
listen-all = 这里的所有消息
listen-mentions = 仅提及、回复和命令
listening-auto = 从现在起，这里安静时所有内容都算作修改。
listening-all = 从现在起，这里写的所有内容都算作修改。
listening-mentions = 从现在起，我在这里只回应提及、回复和命令。
listening-busy = 这里很热闹，所以我暂时只回应提及、回复和命令。可以用 { $command } 更改。
not-my-thread = 此命令只用于我开的子区。
understood = 明白了：{ $words }
on-its-way = 马上就来。
form-open = 打开表单
form-ready = 表单已准备好。
choose = 请选择…
message-without-any-picture = 那条消息里没有我能用来开始的图片。
message-without-picture = 这条消息里没有我的图片。
permission-missing = 我在这里缺少权限：{ $missing }。服务器管理员可以在频道设置中授予。
thread-locked = 此子区已锁定，我无法在这里发言。可以管理本服务器子区的人能将其解锁。
channel-without-picture = 这个频道本身没有图片。请在图片的子区里使用 /edit，或用 /imagine 画新图。
in-direct-messages = 我没有被添加到这里，所以在私信里画：{ $channel }
no-direct-messages = 我没有被添加到这里，也无法给你发私信。
failed-platform = 我这边出了点问题，请再试一次。
file-not-fetched = 我无法下载该文件，请重新发送。
thread-title = 一张图
more-fields = 其他
not-all-shown = Discord 不允许我在这里显示全部内容。管理此服务器的人或许知道原因。
no-pictures-here = 我无法在此聊天中发送图片。管理者可以开启这项权限。
no-files-here = 我无法在此聊天中发送文件。管理者可以开启这项权限。
from-picture = 来自[上一张]({ $link })
not-readable-yet = 这个我还看不懂，目前只看得懂文字、图片和 .json 或 .py 格式的画布文件。请告诉我要画什么。
files-left-out = 我按看得懂的部分来画，未采用：{ $files }
album-first-alone = 收到多张图片时，我只用第一张。
channel-posts = 我不在频道里画画。请私信我，或在我加入的群组里写给我。
stranger = 我是私人机器人，还不认识你。你在这里的 ID 是 { $id }，运行我的人可以让你使用。
strange-chat = 我不能在此聊天中工作。它的 ID 是 { $id }，运行我的人可以放行。
greeting = 大家好！发送 /imagine 黎明的港口 即可得到一张图，回复图片即可修改。更多请看 /help。
ask-what-to-draw = 画什么呢？请回复此消息。
keyboard-expired = 这些按钮已过期。请重新按最初的按钮。
reply-with-parts = 请回复此消息，格式：{ $parts }
parts-left-empty = 留空的部分保持不变。
reply-with-one = 请回复此消息，填写“{ $label }”的新值
dash-empties = 回复“-”则留空。
reply-hint = 你的回复
keyboard-send = 发送
keyboard-close = 关闭
keyboard-back = 返回
permission-view-channel = 查看频道
permission-send-messages = 发送消息
permission-send-messages-in-threads = 在子区内发送消息
permission-create-public-threads = 创建公共子区
permission-attach-files = 附加文件
permission-read-message-history = 查看消息历史记录

## 命令和参数的名称（小写，不含空格）

command-imagine = 画
command-edit = 修改
command-undo = 撤销
command-changes = 改动
command-redraw = 全部重画
command-vary = 局部重画
command-canvas = 画布
command-settings = 设置
command-queue = 队列
command-cancel = 取消
command-help = 帮助
command-listen = 聆听
command-admin = 管理
command-forget = 忘记
parameter-prompt = 描述
parameter-words = 内容
parameter-show = 显示
parameter-scope = 范围
parameter-to = 对象
parameter-do = 操作
parameter-about = 关于
parameter-sure = 确定
menu-begin = 从图片开始
menu-avatar = 从头像开始
menu-edit = 修改这张图
menu-layout = 显示布局

## 网页聊天的页面

web-new-picture = 新图片
web-conversations = 对话
web-latest-message = 最新消息
web-leave-file-out = 移除文件
web-attach-file = 附加图片或画布文件
web-first-of-files = { $name }（一条消息只带一个文件：就是这个）
web-file-not-sent = { $name } 没能发送
web-placeholder = 描述一张图或一处改动
web-your-message = 你的消息
web-send = 发送
web-enter-sends = Enter 发送 · Shift + Enter 换行
web-start = 画点什么？
web-lead = 先说什么东西在哪里，然后一句一句地修改。
web-messages = 消息
web-nothing-yet = 这里还什么都没有。说说你想看到什么。
web-list-empty = 你的图片会列在这里。
web-untitled = 无标题
web-file-lost = 该文件没有送达，请重新附加。
web-close = 关闭
web-log-in = 登录
web-log-out = 退出登录
web-name = 名字
web-password = 密码
web-wrong-password = 名字和密码不相符。
web-too-many-attempts = 密码错误次数太多。请在 { $minutes } 分钟后再试。
web-not-logged-in = 请先登录。
web-form-too-large = 登录内容过大。
web-cancel = 取消
web-delete-ask = 这张图片及其文件将被永久删除；由它而来的图片会保留。
web-save = 保存
web-draw-it = 画出来
web-change-words = 修改你的描述
web-copy = 复制
web-copied = 已复制
web-code = 代码
web-download = 下载
web-you = 你
web-progress = 进度
web-what-next = 接下来
web-download-picture = 下载图片
web-enlarge = 放大：{ $picture }
web-example-house = 黄色的太阳下有一座红色的房子
web-example-fish = 海里有两条橙色的鱼
web-example-tree = 左边一棵绿色的树，右边一个蓝色的球
web-example-night = 夜晚，一座城堡和一个白色的大月亮
web-no-attachment = 没有这个附件。
web-file-too-large = 文件最多 { $most } 字节。
web-wrong-host = 此聊天不响应该主机名。请把它加入设置中的 web.allowed_hosts。
from-this-picture = 来自这张图

## 亲手调整画布

canvas-title = 画布
canvas-back = 返回对话
canvas-undo = 撤销
canvas-redo = 重做
canvas-add = 添加
canvas-add-what = 添加，例如：黄色的太阳
canvas-draw-anyway = 仍然绘制
canvas-nearer = 移近
canvas-farther = 移远
canvas-snap = 对齐到所有语言模型都认识的位置
canvas-regions = 区域，最近的在前
canvas-hint = 拖动方框可移动，拖动右下角可缩放。键盘：方向键移动，按住 Shift 移动十格，按住 Ctrl 缩放；Page Up 和 Page Down 改变前后；Delete 移除。
canvas-sent = 正在绘制。可以关闭此页。
canvas-unreachable = 暂时连不上机器人。什么都没有丢失：请稍后再试。
canvas-bad-link = 此链接打不开任何画布。请在图片下方按“画布”获取新链接。
canvas-expired = 此链接已过期。请在图片下方按“画布”获取新链接。
canvas-opened-elsewhere = 此链接已在另一个浏览器中打开，只在那里有效。请在图片下方按“画布”获取你自己的链接。
canvas-changed-meanwhile = 其间 { $name } 改动了图片。可以返回查看，也可以把你的画成单独的版本。
canvas-bad-box = 无法绘制方框 { $value }：需要 0 到 90 之间的四个数，左、上在右、下之前。
canvas-bad-strength = 权重须大于 0 且不超过 1；你输入的是 { $entered }。
canvas-bad-control = “{ $entered }”没有说明要跟随哪张图。请写类型（{ $kinds }）、文件名，还可以写强度（最大 2）和到步数的哪一部分为止，例如：pose ab12cd-1 0.8 until 0.6
canvas-files = 画布及其图片。
button-canvas = 画布
canvas-link =
    亲手调整画布：{ $url }
    此链接仅供你使用，{ $minutes } 分钟内有效。
canvas-app = 用下面的按钮亲手调整画布。它仅供你使用，{ $minutes } 分钟内有效。
canvas-app-for = { $name }，用下面的按钮亲手调整画布。它只为你打开，{ $minutes } 分钟内有效。
canvas-open = 打开画布
canvas-not-opened-by-you = 只有请求这张画布的人才能在 Telegram 里打开它。请按图片下的“画布”获取你自己的。
canvas-not-here = 在这里所有人都会看到你的链接。请按“代码”，把 .json 文件私聊发给我：在那里这张图有专属于你的画布。
canvas-remove = 移除

## 历史

history = 这里的所有图片及其分支。选择一张，从那里继续。
history-alt = 以树状显示的对话，共 { $count } 张图片
history-film = 把修改过程做成动画
history-film-here = 从第一张到最新一张。
history-no-film = 到目前为止只有一张图片，还没有可以做成动画的内容。
command-history = 历史
command-history-help = 以树状查看所有图片，并从任意一张继续

## 举报图片

command-report-help = 向管理员举报图片
menu-report = 举报这张图
button-report = 举报
button-take-down = 删除图片
button-ban = 封禁作者
button-dismiss = 不予处理
report-nowhere = 这里没有人处理举报。请联系运行我的人。
report-too-many = 你在过去一小时里举报得很多了，请给管理员一点时间。
report-known = 你已经举报过这张图，管理员已经收到。
report-thanks = 谢谢。管理员已经收到这张图，他们看不到你的名字。
report-moderator = 管理员
report-case = { $count ->
    [1] { $name }（{ $subject }）的一张图片被举报。
   *[other] { $name }（{ $subject }）的一张图片被 { $count } 人举报。
}
report-removed = 图片已删除。
report-dismissed = 不予处理：图片保留。
report-banned = 作者已被封禁。

## Pictures that people bring

picture-first-frame = 这是动图，我取了第一帧。
picture-fitted = 我画不了 { $found }，所以在这里它是 { $used }。
picture-recipe = 文件里写着 { $maker } 是怎么做出来的，所以我用它的提示词和种子重新画。
picture-recipe-known = 文件里有 { $maker } 的提示词，我已经知道了。想重新画它，请不带文字再发一次图片。
refused-picture-pixels = “{ $name }”有 { $size } 像素，我最多打开 { $most } 百万像素的图片。请缩小后再发。
refused-picture-format = “{ $name }”不是我能打开的图片。我能读 PNG、JPEG、WebP、GIF、AVIF 和 BMP。
refused-file-kind = 我打不开“{ $name }”。我能读图片（PNG、JPEG、WebP、GIF、AVIF 和 BMP）、文字，以及 .json 或 .py 文件里的画布。
refused-picture-blocked = 图片检查发现这张图片里有这里不展示的内容，所以我不保留它。
refused-picture-unchecked = 这张图片没能按这里的要求接受检查，所以我不保留它。请告诉管理我的人。
refused-picture-damaged = “{ $name }”已损坏，或者内容和文件名不符，我打不开。请另存为 PNG 或 JPEG 再发。

## 比较两张图片

command-compare = 比较
command-compare-help = 并排查看两张图片，以及有什么变化
parameter-pictures = 图片
parameter-pictures-help = 它们在 /history 里的编号，例如 2 5；不填就是最新一张和前一张
compare-numbers = “{ $entered }”没有指出两张图片。请给出 /history 显示的 1 到 { $most } 之间的两个编号：/compare 1 { $most }
compare-nothing = 这张之前没有可以比较的图片。
compared-alt = 两张图片，左边是较早的一张
compared-same = 没有变化：画布和种子都相同。
compared-scene = 场景：“{ $before }” → “{ $after }”
compared-added = 新增：{ $name }
compared-removed = 消失：{ $name }
compared-thing = { $name }：{ $changes }
compared-moved = 移动了
compared-resized = 大小变了
compared-nearer = 更近
compared-farther = 更远
compared-recolored = { $before } → { $after }
compared-redescribed = 现在是“{ $after }”
compared-more = 还有 { $count } 处变化。
compared-size = 尺寸：{ $before } → { $after }
compared-seed = 种子：{ $before } → { $after }
web-compare-slider = 显示多少后一张图片
web-compare-earlier = 之前
web-compare-later = 之后
## 管理页面

admin-page-title = 运行状况
admin-page-queue = 等待和进行中
admin-page-failures = 失败
admin-page-people = 今天谁画得最多（按普通图片计）
admin-page-hours = 最近 24 小时
admin-page-nothing = 没有
admin-page-waiting = 等待
admin-page-running = 进行中
admin-page-reports = 待处理的举报
admin-page-finished = 完成
admin-page-failed = 失败

## 给其他程序的画布

command-export = 导出
command-export-help = 把最新图片的画布导出给其他程序
parameter-form = 格式
export-which = 给哪个程序用？
export-unknown = 我不会写名为“{ $entered }”的格式。可用的有：{ $forms }。
export-whole = 画布上的一切都在这个文件里，读回来就是同一张画布。
export-layers = 这张图的图层：背景，以及单独的每样东西。
export-no-layers = 这张图没有图层。只有 `render.method` 设为 `layered` 时画的图才有。
export-no-psd = 这里没有安装 psd-tools，所以无法写出 PSD。可以用 `/export openraster`。
export-form = { $form ->
    [ideogram] Ideogram 4（JSON 描述）
    [fibo] FIBO（结构化提示词）
    [boxes] ComfyUI（Create Bounding Boxes 的方框）
    [comfyui] ComfyUI（Omost 节点）
    [json] 本机器人（JSON）
    [openraster] OpenRaster（图层，用于 Krita 和 GIMP）
    [psd] PSD（图层，用于 Photoshop）
   *[code] Omost（代码）
 }
export-loss = { $loss ->
    [edges] 落在这种格式两个刻度之间的边移到了最近的刻度，最多相差图片的千分之一。
    [places] 这种格式只有 729 个位置的说法，自由移动过的方框用了最接近的位置。
    [order] 它知道谁在谁前面，但没有距离。
    [words] 标签、氛围、风格和质量变成了描述里的句子。
    [shared] 每样东西各自的氛围和风格，现在是对整张图说的。
    [scene] 它只列出东西：场景本身的文字和颜色不在里面。
   *[held] 负面提示、区域方法、强度和参考图不在里面。
 }

## 草稿

button-enhance = 定稿
footer-draft = 草稿
which-enhance = 要把哪一张画成成品？
enhanced-already = 那张图不是草稿，没有可以定稿的。“放大”可以把它变大。
command-enhance = 定稿
command-enhance-help = 把最新的草稿画成成品

## 角色

character-usage = 发送 /character save Mimi the cat，最新图片里的猫在你以后的图里就叫 Mimi；/character list 查看，/character forget Mimi 忘记。
character-saved = 从现在起，{ $name } 就是 { $description }：在请求里写上 { $name } 即可，例如“{ $name } 在海滩上”。
character-words-alone = { $names }：只按描述和颜色来画。这里的模型不会参照图片；管理我的人可以为 SDXL 添加 IP-Adapter（models.ip_adapter）。
character-which = 哪一个是 { $name }？请发送 /character save { $name } 加上它的编号或描述中的词：
character-list = 你的角色：
character-none = 你还没有角色。发送 /character save Mimi the cat，最新图片里的猫在你以后的图里就叫 Mimi。
character-forgotten = 已忘记 { $name }。画有 { $name } 的图会留着。
character-unknown = 你没有叫“{ $name }”的角色。/character list 会列出你有的角色。
character-bad-name = “{ $name }”不能当名字：要有文字，最多 { $most } 个字符。多个词的名字请加引号。
character-too-many = 你已有 { $most } 个角色，我不再多存。/character forget 名字 可以腾出位置。
command-character = 角色
command-character-help = 给最新图片的一个部分起名，供以后的图使用
character-do-save = 保存
character-do-list = 列出
character-do-forget = 忘记
parameter-name = 名字
parameter-name-help = 角色的名字，例如 Mimi
parameter-region = 部分
parameter-region-help = 保存时：它在最新图片里的词或编号，例如 the cat

## Pictures that lead

control-not-here = 这里的模型无法跟随图片的姿势、深度或线条。管理我的人可以指定一个 SDXL 的 ControlNet（models.controlnet）。不写“作为……”，我就从图片本身开始。
control-no-words = 还要说明画什么，例如：作为姿势：森林里的骑士

## Pictures that are described

command-describe-help = 看看一张图画了什么，以便修改其中的部分
parameter-picture-help = 图片；不填就用这里最新带来的那张
command-describe = 描述
parameter-picture = 图片
describe-what = 请附上要我描述的图片，或回复那张图片。
describe-known = 那张图的内容已经知道了：请按它下方的“布局”或“画布”。
describe-unset = 这里没有设置能看图的模型。运行我的人可以设置 vision.model 或 vision.url（docs/pictures.md）；在此之前，可用“画布”在图上画区域。
