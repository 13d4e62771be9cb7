bundled-limits = { $language ->
    [fr] 自带的小模型只会画简单的场景，法语也懂得不多。
    [zh] 自带的小模型只会画简单的场景，中文也懂得不多。
   *[en] 自带的小模型只会画简单的场景。
 }
bundled-guess = 它们没见过“{ $thing }”，只能猜着画。
bundled-switch = 想画什么都行的话，请在 config.toml 中设置 profile = "omost"。
option-size-name = 尺寸
option-style-name = 风格
option-seed-name = 种子
option-count-name = 数量
option-negative-name = 排除
option-steps-name = 步数
option-guidance-name = 引导强度
option-initial-name = 起点
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
