"""Names of the settings in the settings window, and their explanations in Simplified Chinese.

Key of the setting → (English name, Chinese name, Chinese explanation). The English explanation is the one
of ``desktop.settings.schema``. ``SECTIONS`` names the pages, ``CHOICES`` values to choose from, ``UNITS``
units that are words. It is long because it is one table.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "hotkey": ("Key", "快捷键"),
    "audio": ("Sound", "声音"),
    "model": ("Model", "模型"),
    "server": ("Server", "服务器"),
    "gpu": ("Graphics card", "显卡"),
    "text": ("Text", "文字处理"),
    "insert": ("Inserting", "文字输入"),
    "overlay": ("While speaking", "听写提示"),
    "captions": ("Captions", "字幕"),
    "files": ("Recordings", "录音文件"),
    "history": ("History", "历史记录"),
    "interface": ("Interface", "界面"),
}

SETTINGS: Final[dict[str, tuple[str, str, str]]] = {
    "hotkey.key": (
        "Dictation key", "听写键",
        "说话时按住的键：修饰键、F1 至 F24、鼠标 8 号以上按键，可与 Ctrl、Alt 或 Super 组合。",
    ),
    "hotkey.mode": ("How it works", "使用方式", "按住：按住时听写。切换：按一次开始，再按一次结束。"),
    "hotkey.double_tap_locks": ("Double tap locks", "双击锁定", "快速按两次后无需按住，再次按下时结束。"),
    "hotkey.double_tap_ms": ("Longest pause", "最长间隔", "两次按键之间的最长间隔。"),
    "hotkey.tap_ms": ("Longest tap", "最长轻按", "短于此时间算轻按，不算说话。"),
    "hotkey.swallow": ("Keep the key", "独占此键", "不让其他程序收到此键（修饰键会失去原有作用）。"),
    "audio.microphone": ("Microphone", "麦克风", "声音系统中的麦克风名称；留空则使用系统默认。"),
    "audio.warm": (
        "Keep it open", "保持开启",
        "两次听写之间保持麦克风开启，以便听到按键前的话：关闭、使用后一段时间或始终。",
    ),
    "audio.warm_s": ("For how long", "保持时间", "“使用后”保持开启的时间。"),
    "audio.pre_roll_ms": ("Before the key", "按键前的声音", "麦克风开启时，保留按键前的声音。"),
    "audio.tail_ms": ("After the key", "松键后的声音", "松键后继续录音，以保留最后一个词的结尾。"),
    "audio.hangover_ms": ("Pause that ends a sentence", "断句停顿", "静音达到此时间即断句。"),
    "audio.longest_utterance_s": ("Longest sentence", "最长一句", "更长的句子会被切开，下一句紧接其后。"),
    "audio.longest_dictation_s": ("Longest dictation", "最长听写", "超过此时间听写自动结束。"),
    "audio.vad_mode": ("Voice gate", "语音门限", "语音检测的严格程度：0 最宽松，3 最严格。"),
    "audio.confirm_with_silero": (
        "Confirm speech", "确认语音",
        "用第二个模型确认语音，可区分人声与键盘声、电流声和音乐。",
    ),
    "audio.silero_threshold": ("How sure", "确认程度", "第二个模型需要的把握；数值越低，越能听到轻声。"),
    "model.name": ("Model", "模型", "按名称选择模型（plosive models list）；pocketsphinx 为内置模型。"),
    "model.path": ("Model folder", "模型文件夹", "改用此文件夹中的 FunASR 模型；留空则不使用。"),
    "model.device": (
        "Runs on", "运行设备",
        "运行位置：auto、cpu、mps、cuda 或 cuda:N；pocketsphinx 始终使用 cpu。",
    ),
    "model.precision": ("Precision", "精度", "模型的数值格式（在支持多种格式时）。"),
    "model.cuda_graphs": (
        "CUDA graphs", "CUDA 图",
        "在 CUDA 显卡上重放已录制的计算（加载模型时验证无误才启用）；关闭：从不使用。",
    ),
    "model.second_pass": (
        "Second pass", "二次识别",
        "再次完整识别每句话的模型名称或文件夹，与首次识别在同一设备上运行；留空则不使用。",
    ),
    "model.second_pass_keep_s": (
        "Keep the second pass for",
        "二次识别保留时间",
        "超过此时间无语音时释放二次识别的内存，模型本身保留；0 为不释放。",
    ),
    "model.punctuation": (
        "Punctuation", "标点模型", "为没有标点的文字加标点的模型名称或文件夹；留空则不使用。",
    ),
    "model.language": (
        "Language", "语言", "支持多种语言的二次识别所用的语言：auto、zh、en、yue、ja、ko 或其他。",
    ),
    "model.idle_unload_s": ("Unload when idle", "空闲时卸载", "闲置此时间后卸载模型；0 表示从不自动卸载。"),
    "model.load_at_start": ("Load at start", "启动时加载", "程序启动时就加载模型，而不是第一次按键时。"),
    "model.standby": ("Standby", "待命进程", "卸载后保留一个不占显存的进程，以便快速加载；会占用内存。"),
    "model.standby_mib": ("Largest standby", "待命上限", "超过此大小的待命进程会被结束。"),
    "model.unload_on_lock": ("Unload when locked", "锁屏时卸载", "锁定屏幕时卸载模型。"),
    "model.memory_fraction": ("Memory ceiling", "显存上限", "模型可用的显存比例，0.5 为一半；0 表示不限制。"),
    "server.url": (
        "Address", "地址",
        "语音识别服务器的地址，例如 wss://name:10095；留空则在本机识别。更改在没有语音正在识别时立即生效。",
    ),
    "server.protocol": (
        "Protocol", "协议",
        "服务器使用的协议：2pass（FunASR 运行时）、realtime（funasr-realtime-server），或 auto：自动询问。",
    ),
    "server.token_file": (
        "Secret's file", "密钥文件",
        "首行为服务器密钥的文件，密钥通过 Authorization 头发送；留空则不使用。",
    ),
    "server.ca_file": (
        "Authority's file", "证书颁发机构",
        "系统不认识服务器证书时，其颁发机构证书的 PEM 文件。",
    ),
    "server.insecure": (
        "Do not check it", "不验证服务器",
        "不验证服务器的身份：途中可能有人窃听。托盘每次都会提示。",
    ),
    "server.language": (
        "Language", "语言",
        "语音的语言，按服务器的写法，例如 zh 或 中文；留空由服务器决定。",
    ),
    "server.hotwords": ("Hotwords", "热词", "希望服务器优先识别的词语和人名。"),
    "gpu.threshold_percent": ("Warn from", "警告阈值", "显存使用达到此比例时提醒。"),
    "gpu.clean_between_utterances_mib": (
        "Clean between sentences", "句间清理",
        "句间未使用的缓存显存超过此值时归还；0 表示从不。",
    ),
    "gpu.clean_every_min": (
        "Clean every", "定时清理",
        "模型加载期间每隔此时间归还未使用的缓存显存；0 表示从不。",
    ),
    "gpu.give_way": ("Give way", "让出显卡", "游戏或其他程序需要显卡时：不让、卸载，或改用 CPU（较慢）。"),
    "gpu.give_way_full_screen": ("To full-screen programs", "全屏程序", "全屏程序或 GameMode 视为需要显卡。"),
    "gpu.full_screen_allowed": (
        "Full screen without needing the card",
        "全屏但不需要显卡",
        "另外允许全屏而不视为需要显卡的程序（窗口类名）；视频播放器、浏览器、演示和会议软件已包含。",
    ),
    "gpu.give_way_processes": ("To these programs", "指定程序", "这些程序运行时视为需要显卡。"),
    "gpu.give_way_free_floor_mib": (
        "When others leave less than", "剩余显存下限",
        "其他程序使空闲显存低于此值时让出；0 表示不检查。",
    ),
    "gpu.comes_back": ("Come back", "自动恢复", "其他程序结束后回到显卡。"),
    "text.numbers": ("Digits", "数字", "将数字、日期和金额写成阿拉伯数字。"),
    "text.space_scripts": ("Space between scripts", "中西文间距", "在汉字与西文之间加空格。"),
    "text.sentence_case": ("Capitals", "英文大写", "英文句首字母大写。"),
    "text.fillers": ("Keep fillers", "保留语气词", "保留 um、uh、嗯等语气词。"),
    "text.traditional": (
        "Traditional characters", "繁体中文",
        "用繁体字书写中文：s2t、s2tw（台湾）、s2twp（台湾用词）或 s2hk（香港）；留空则不转换。",
    ),
    "text.replacements_file": (
        "Own spellings", "替换词文件",
        "自己的写法，每行一条：错误 => 正确。文件更改后自动重新读取；留空则不使用。",
    ),
    "text.hotwords_file": (
        "Hotwords", "热词文件",
        "希望二次识别优先识别的词语和人名，每行一个。文件更改后自动重新读取；留空则不使用。",
    ),
    "insert.method": ("Method", "方式", "自动：先粘贴，再键入，最后留在剪贴板。也可只用其中一种。"),
    "insert.append_space": ("End with a space", "末尾加空格", "每次听写末尾加一个空格，便于继续。"),
    "insert.newlines_in_terminals": (
        "Line breaks in terminals", "终端换行",
        "向终端发送换行，每个换行都会执行一条命令。",
    ),
    "insert.restore_clipboard": ("Restore the clipboard", "恢复剪贴板", "恢复剪贴板原来的内容。"),
    "overlay.enabled": ("Show the pill", "显示提示条", "听写时显示带音量和文字的提示条。"),
    "overlay.sounds": ("Play sounds", "提示音", "播放短提示音：开始、完成、失败。"),
    "files.formats": (
        "Results", "结果格式", "为录音写出的格式，用逗号分隔：txt、srt、vtt、json、md。",
    ),
    "files.out": ("Folder of results", "结果文件夹", "存放结果的文件夹；留空则放在录音旁边。"),
    "files.device": (
        "Runs on", "运行位置",
        "由已加载的模型完成，听写优先；或由另一个不占显卡的进程在 CPU 上完成。",
    ),
    "files.longest_short_s": (
        "Segments up to 30 min", "30 分钟以内的分段",
        "30 分钟以内的录音，分段的最长时间。",
    ),
    "files.longest_middle_s": (
        "Segments up to 90 min", "90 分钟以内的分段",
        "30 至 90 分钟的录音，分段的最长时间。",
    ),
    "files.longest_long_s": ("Segments beyond", "更长录音的分段", "超过 90 分钟的录音，分段的最长时间。"),
    "files.group_files": ("Clean up after", "清理间隔", "每处理这么多文件后归还缓存的内存。"),
    "history.enabled": ("Remember what was said", "保存内容", "保存听写和会议的内容，便于查找和复制。"),
    "history.keep_days": (
        "Keep for", "保存天数",
        "忘记更早的听写和会议；0 表示一直保留。有名称或书签的会议会保留到您删除为止。",
    ),
    "history.keep_mib": (
        "Largest size", "最大容量",
        "历史超过此大小时忘记最早的内容；0 表示不限制。有名称或书签的会议不计入。",
    ),
    "history.directory": ("Folder", "文件夹", "历史记录的文件夹；留空则使用程序自己的数据文件夹。"),
    "history.keep_failed_audio_days": (
        "Keep failed sound", "保留失败录音",
        "听写失败的声音保留此时间以便重试；0 表示退出时删除。",
    ),
    "captions.source": (
        "Whom to caption", "字幕对象",
        "为谁生成字幕：自己（麦克风）、他人（电脑播放的声音）或两者。",
    ),
    "captions.label_me": ("My label", "自己的称呼", "字幕和文字稿中对您的称呼；留空则为“我”。"),
    "captions.label_others": ("Others' label", "他人的称呼", "字幕和文字稿中对他人的称呼；留空则为“对方”。"),
    "captions.speaker_turns": (
        "Tell the others apart",
        "区分他人的声音",
        "用来区分他人声音的模型名称或文件夹，例如 cam++；留空则不区分。",
    ),
    "captions.mode": (
        "How words appear", "显示方式",
        "快速：文字立即出现，可能还会改变。平稳：只显示不再改变的文字。",
    ),
    "captions.lines": ("Lines", "行数", "字幕窗口的行数。"),
    "captions.font_family": ("Font", "字体", "字幕的字体；留空则使用桌面字体。"),
    "captions.font_px": ("Letter size", "字号", "字幕文字的大小。"),
    "captions.text_colour": ("Text colour", "文字颜色", "文字的颜色，例如 #F4F6FA。"),
    "captions.ground_colour": ("Ground colour", "底色", "底色，例如 #1B1F27。"),
    "captions.opacity_percent": ("Opacity", "不透明度", "底色遮住后面内容的程度。"),
    "captions.outline_px": ("Outline", "描边", "文字的描边宽度。"),
    "captions.width_percent": ("Width", "宽度", "占屏幕宽度的比例，直到您调整窗口大小。"),
    "captions.is_locked": ("Let clicks through", "鼠标穿透", "点击会穿过字幕窗口，落到后面的内容上。"),
    "captions.hide_after_s": ("Hide in silence", "静音时隐藏", "无人说话达到此时间后隐藏窗口；0 表示从不。"),
    "captions.auto_stop_min": ("End in silence", "静音时结束", "无人说话达到此时间后结束字幕；0 表示从不。"),
    "captions.keep_audio": ("Keep the sound", "保留声音", "把会议的声音以 FLAC 文件保存在文字稿旁。"),
    "captions.keywords": ("Alert words", "提醒词", "有人说到这些词（例如您的名字）时通知您。"),
    "captions.key_toggle": ("Key for start and end", "开始和结束键", "开始或结束字幕的按键；留空则没有。"),
    "captions.key_pause": ("Key for pause", "暂停键", "暂停字幕的按键；留空则没有。"),
    "captions.key_bookmark": ("Key for bookmarks", "书签键", "在文字稿中标记此刻的按键；留空则没有。"),
    "captions.key_lock": ("Key for clicks", "穿透键", "切换鼠标穿透的按键；留空则没有。"),
    "captions.live_output": (
        "Live output", "实时输出",
        "允许本机程序通过带令牌的本地 WebSocket 实时读取字幕。",
    ),
    "captions.live_output_port": ("Port", "端口", "实时输出的端口；0 表示任意空闲端口。"),
    "captions.obs": ("Send to OBS", "发送到 OBS", "把字幕发送给 OBS，作为直播流的字幕。"),
    "captions.obs_url": ("Address of OBS", "OBS 地址", "OBS 的监听地址（工具，WebSocket 服务器）。"),
    "captions.obs_text_source": (
        "Text source in OBS", "OBS 文本源",
        "同时写入字幕的 OBS 文本源名称；留空则没有。",
    ),
    "captions.obs_password_file": (
        "Password file", "密码文件",
        "首行为 OBS WebSocket 服务器密码的文件；留空则没有。",
    ),
    "interface.language": ("Language", "语言", "界面语言；更改在下次启动后生效。"),
    "interface.reduced_motion": ("Reduce motion", "减少动画", "不用动画显示变化；自动：跟随系统。"),
    "interface.start_at_login": ("Start at login", "开机启动", "登录桌面时自动启动本程序。"),
}  # fmt: skip

UNITS: Final[dict[str, tuple[str, str]]] = {
    "ms": ("ms", "毫秒"),
    "s": ("s", "秒"),
    "min": ("min", "分钟"),
    "days": ("days", "天"),
    "files": ("files", "个文件"),
}

CHOICES: Final[dict[str, tuple[str, str]]] = {
    "both": ("both", "两者"),
    "me": ("me", "自己"),
    "others": ("others", "他人"),
    "fast": ("fast", "快速"),
    "calm": ("calm", "平稳"),
    "same": ("as the model", "与模型相同"),
    "hold": ("hold", "按住"),
    "toggle": ("toggle", "切换"),
    "off": ("off", "关闭"),
    "on": ("on", "开启"),
    "after_use": ("after use", "使用后一段时间"),
    "always": ("always", "始终"),
    "auto": ("automatic", "自动"),
    "": ("as recognised", "不转换"),
    "s2t": ("traditional", "繁体"),
    "s2tw": ("Taiwan", "台湾繁体"),
    "s2twp": ("Taiwan, with its words", "台湾繁体（台湾用词）"),
    "s2hk": ("Hong Kong", "香港繁体"),
    "2pass": ("2pass", "2pass"),
    "realtime": ("realtime", "realtime"),
    "unload": ("unload", "卸载"),
    "cpu": ("on the CPU", "用 CPU"),
    "paste": ("paste", "粘贴"),
    "typing": ("typing", "键入"),
    "clipboard": ("clipboard", "剪贴板"),
    "en": ("English", "English"),
    "zh": ("中文", "中文"),
}
