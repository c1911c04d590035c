"""What the program tells about problems and the card, in Simplified Chinese.

These sentences are made in English deep inside the program, where no language is known; the interface
looks them up here when it shows them (``desktop.ui.words.translated``). ``{}`` stands for what differs, in
order; a Chinese sentence may name it as ``{0}``, ``{1}``. What is not here is shown in English. It is long
because it is one table.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    "A mistake in this program has just shown itself; something may be missing or out of date.":
        "本程序刚刚出现了一个错误，部分内容可能缺失或未更新。",
    "If anything looks wrong, quit and start again. plosive doctor names the log that tells more.":
        "如有异常，请退出后重新启动。plosive doctor 会指出记录详情的日志。",
    # --- sound
    "The sound library PortAudio is not installed, so no microphone can be heard.":
        "未安装声音库 PortAudio，无法使用麦克风。",
    "Install it: sudo apt install libportaudio2 libasound2-plugins":
        "请安装：sudo apt install libportaudio2 libasound2-plugins",
    "No sound server answers and no sound card is there.": "没有声音服务响应，也没有声卡。",
    "Start PipeWire or PulseAudio (systemctl --user start pipewire pipewire-pulse) and try again.":
        "请启动 PipeWire 或 PulseAudio（systemctl --user start pipewire pipewire-pulse）后重试。",
    "There is no sound output to listen to.": "没有可以监听的声音输出。",
    "Check the output device in the system's sound settings.": "请检查系统声音设置中的输出设备。",
    "This computer's sound library cannot listen to what is played.":
        "此电脑的声音库无法监听正在播放的声音。",
    "Enable “Stereo Mix” under Recording in the Windows sound settings, if your sound card has it.":
        "如声卡支持，请在 Windows 声音设置的“录制”中启用“立体声混音”。",
    "macOS does not let programs listen to what is played.": "macOS 不允许程序监听正在播放的声音。",
    "Install a virtual sound device such as BlackHole and play through it as well (Audio MIDI Setup).":
        "请安装 BlackHole 等虚拟声音设备，并同时通过它播放（“音频 MIDI 设置”）。",
    "What the computer plays cannot be listened to.": "无法监听电脑播放的声音。",
    "Check the output device in the system's sound settings, or restart the sound server.":
        "请检查系统声音设置中的输出设备，或重启声音服务。",
    "The sound output that was listened to is no longer the one in use.": "正在监听的声音输出已不再使用。",
    "Nothing needs to be done: the new one is listened to as soon as it is there.":
        "无需任何操作：新的输出一出现就会监听。",
    "The sound output “{}” went away.": "声音输出“{}”已断开。",
    "It is listened to again as soon as it, or another one, is there.":
        "它或另一个输出出现后会立即继续监听。",
    "The sound of this meeting cannot be kept on disk; its transcript is not affected.":
        "此次会议的声音无法保存到磁盘，文字记录不受影响。",
    "Check the folder for kept sound in the settings, and whether it may be written.":
        "请检查设置中保存声音的文件夹，以及是否可以写入。",
    "The disk is almost full, so no more sound of this meeting is kept; the transcript goes on.":
        "磁盘将满，不再保存此次会议的声音；文字记录继续。",
    "Free some space; what was kept until now can be played.": "请清理空间；已保存的部分可以播放。",
    "The sound system does not answer.": "声音系统没有响应。",
    "Wait a moment and try again; if that does not help, restart the sound server.":
        "请稍后重试；如无效，请重启声音服务。",
    "There is no microphone.": "没有麦克风。",
    "Plug one in, or allow this program to use it in the system's sound or privacy settings.":
        "请插入麦克风，或在系统的声音或隐私设置中允许本程序使用。",
    "The speech detector Silero is not installed; a simpler one listens, which noise can fool.":
        "未安装语音检测器 Silero，改用较简单的检测器，可能受噪声影响。",
    "Install the packages onnxruntime and silero-vad, then start again.":
        "请安装 onnxruntime 和 silero-vad 后重新启动。",
    "The sound of this dictation could not be kept on disk; its text is not affected.":
        "此次听写的声音未能保存到磁盘，文字不受影响。",
    "Free some space, or choose another folder for kept sound in the settings.":
        "请清理空间，或在设置中选择其他文件夹。",
    "Listening ended by itself because it had reached the longest time allowed.":
        "聆听已达到允许的最长时间，自动结束。",
    "Start again to go on, or allow a longer time in the settings.": "请重新开始，或在设置中延长时间。",
    "Listening stopped because of an error in this program.": "程序出错，聆听已停止。",
    "Try again. If it happens again, send the log file to the developers.":
        "请重试。如再次发生，请将日志发送给开发者。",
    "The microphone “{}” is not there.": "找不到麦克风“{}”。",
    "The microphone “{}” went away.": "麦克风“{}”已断开。",
    "The microphone “{}” stopped delivering sound.": "麦克风“{}”不再传来声音。",
    "The microphone “{}” is muted.": "麦克风“{}”已静音。",
    "The microphone “{}” delivers only silence.": "麦克风“{}”只有静音。",
    "The text is on the clipboard: press Ctrl+V.": "文字已在剪贴板：请按 Ctrl+V。",
    "The microphone “{}” cannot be opened.": "无法打开麦克风“{}”。",
    # --- recordings
    "“{}” is protected against copying, so its sound cannot be read.": "“{}”有版权保护，无法读取其中的声音。",
    "Get it without protection, or record it while it is played.": "请获取无保护的版本，或在播放时录制。",
    "“{}” is a list that points to other files; it holds no sound itself.":
        "“{}”是指向其他文件的列表，本身没有声音。",
    "Name the recordings themselves.": "请直接指定录音文件。",
    "“{}” has pictures but no sound.": "“{}”有画面但没有声音。",
    "Check that it was recorded with sound.": "请检查录制时是否包含声音。",
    "“{}” was not finished: the part that tells where its sound is, is missing.":
        "“{}”没有录完：缺少说明声音位置的部分。",
    "Copy it again; if the recorder crashed, a repair program for MP4 files may help.":
        "请重新复制；如果是录制程序崩溃，MP4 修复工具或许有用。",
    "“{}” says it holds {} samples a second in {} channels, which no sound has.":
        "“{0}”标明每秒 {1} 个采样、{2} 个声道，这不可能是声音。",
    "Its header is damaged: export it again from the program that made it.":
        "文件头已损坏：请用生成它的程序重新导出。",
    "The sound in “{}” is coded in a way that cannot be read ({}).": "“{0}”中的声音编码无法读取（{1}）。",
    "Convert it to WAV or FLAC with the program that made it.": "请用生成它的程序转换为 WAV 或 FLAC。",
    "The format of “{}” cannot be read while it arrives.": "“{}”的格式无法边接收边读取。",
    "Save it to a file and name that file.": "请先保存为文件，再指定该文件。",
    "“{}” is neither a file nor a pipe.": "“{}”既不是文件也不是管道。",
    "Name a recording, or send one through a pipe.": "请指定录音文件，或通过管道传入。",
    "Nothing arrived from “{}”.": "没有从“{}”收到任何内容。",
    "Check the program that should send the recording.": "请检查发送录音的程序。",
    "“{}” could not be read to its end; it was heard as far as it goes.":
        "“{}”未能读到结尾，已处理能读到的部分。",
    "Check the disk or the connection, then transcribe it again.": "请检查磁盘或连接，然后重新转写。",
    "The decoder crashed while it read “{}”.": "解码器在读取“{}”时崩溃。",
    "Convert it to WAV or FLAC with another program, or start again to try it once more.":
        "请用其他程序将其转换为 WAV 或 FLAC，或重新开始以再试一次。",
    "“{}” has {} sound tracks; only the one that a player would choose was heard.":
        "“{}”有 {} 条音轨，只处理了播放器会选择的那一条。",
    "If the words are on another one, export that as a recording of its own.":
        "如果语音在另一条音轨上，请将其单独导出为录音。",
    "“{}” was still being written; it was heard as far as it goes.": "“{}”仍在写入，已处理现有的部分。",
    "Transcribe it again when the recording is finished.": "请在录音结束后重新转写。",
    "“{}” has damaged or missing places; {} s of it were heard as silence.":
        "“{0}”有损坏或缺失之处，其中 {1} 秒按静音处理。",
    "Copy it again if words are missing.": "如缺少内容，请重新复制。",
    "Plug it in, or {}.": "请插入它，或选择其他麦克风。",
    "Plug it in again, or {}.": "请重新插入，或选择其他麦克风。",
    "Unplug it and plug it in again, or {}.": "请拔下后重新插入，或选择其他麦克风。",
    "Check its mute switch, or {}.": "请检查静音开关，或选择其他麦克风。",
    "Close programs that use it alone, or {}.": "请关闭独占它的程序，或选择其他麦克风。",
    "Unmute it in the sound settings or with its own switch.": "请在声音设置中或用它的开关取消静音。",
    "The microphone lost {} ms of sound.": "麦克风丢失了 {} 毫秒的声音。",
    # --- dictation
    "No speech was heard.": "没有听到语音。",
    "Check that the right microphone is chosen in the tray menu and that it is not muted.":
        "请检查托盘菜单中选择的麦克风，并确认未静音。",
    "The microphone delivered almost no sound.": "麦克风几乎没有声音。",
    "Raise the input volume or choose another microphone in the tray menu.":
        "请调高输入音量，或在托盘菜单中选择其他麦克风。",
    "Speech was heard, but no words were understood.": "听到了语音，但没有识别出文字。",
    "The recording is kept: try again from the tray menu, with another model if you like.":
        "录音已保留：可从托盘菜单重新识别，也可换用其他模型。",
    # --- inserting
    "The text is on the clipboard: press Ctrl+V where you want it (Shift+Insert in a terminal).":
        "文字在剪贴板上：请在需要的位置按 Ctrl+V（终端中按 Shift+Insert）。",
    "The focus moved to another window meanwhile.": "焦点已转到其他窗口。",
    "The window you were dictating into is closed.": "听写的目标窗口已关闭。",
    "No window had the focus.": "没有窗口获得焦点。",
    "A key stayed down, so nothing could be inserted safely.": "有按键未松开，无法安全输入。",
    "The window did not take the text.": "窗口没有接收文字。",
    "The window does not respond.": "窗口没有响应。",
    "There was nothing to insert.": "没有可输入的内容。",
    "Speak again, a little louder or longer.": "请再说一次，声音大一点或长一点。",
    "Another program holds the clipboard and does not let go.": "其他程序占用剪贴板，没有释放。",
    "Open the history in the tray and copy the text from there; then quit clipboard tools one by one.":
        "请从托盘打开历史记录复制文字，然后逐个退出剪贴板工具。",
    "A clipboard tool took the text over, so nobody can tell whether it reached the window.":
        "剪贴板工具接管了文字，无法得知文字是否已到达窗口。",
    "If it is not there, press Ctrl+V. Without the tool's synchronising, Plosive sees it arrive.":
        "如果文字不在窗口中，请按 Ctrl+V。关闭该工具的同步后，Plosive 即可确认文字已到达。",
    "What was on the clipboard could not be kept: too large, or its program did not answer.":
        "剪贴板原有内容未能保留：内容过大，或其程序没有响应。",
    "Copy it again if you still need it.": "如仍需要，请重新复制。",
    "The connection to the X server broke while the text was being inserted.":
        "输入文字时与 X 服务器的连接中断。",
    "Open the history in the tray and copy the text from there.": "请从托盘打开历史记录复制文字。",
    "Inserting the text failed unexpectedly.": "输入文字时意外失败。",
    'Copy the text from the history in the tray; if it stays so, run "plosive doctor".':
        "请从托盘的历史记录复制文字；如问题依旧，请运行 plosive doctor。",
    "A key seemed stuck, so Plosive released it before inserting.":
        "有按键似乎卡住，Plosive 在输入前将其释放。",
    "Let go of all keys when you have finished speaking.": "说完后请松开所有按键。",
    "Text cannot be put into other windows in this session.": "此会话无法向其他窗口输入文字。",
    "The text is in the history of the tray menu; a click copies it.":
        "文字在托盘菜单的历史中，点击即可复制。",
    # --- key
    "The dictation key cannot be observed in this session.": "此会话无法监听听写键。",
    "The connection to the X server broke: the dictation key is not heard for the moment.":
        "与 X 服务器的连接中断：暂时无法监听听写键。",
    "Plosive keeps trying to reconnect; meanwhile start and stop dictation from the tray.":
        "Plosive 会不断尝试重连；期间请从托盘开始和结束听写。",
    "Observing the dictation key failed unexpectedly.": "监听听写键时意外失败。",
    "This keyboard has no key named {}.": "键盘上没有名为 {} 的键。",
    "Choose another dictation key in the settings.": "请在设置中选择其他听写键。",
    "Choose another key for it in the settings.": "请在设置中为它选择其他键。",
    "{} and {} are both {}; only {} counts.": "{} 和 {} 都是 {}；只有 {} 有效。",
    "Choose different keys in the settings, or leave one empty.":
        "请在设置中选择不同的键，或将其中一个留空。",
    "Another program has claimed {}: both will react to it.": "其他程序已占用 {}：两者都会响应。",
    "Choose another key in the settings, or free it there.": "请在设置中选择其他键，或在那个程序中释放它。",
    # --- recogniser
    "The recognizer stopped answering and was ended.": "识别器没有响应，已被结束。",
    "It is started anew by itself; if this happens again, choose a smaller model.":
        "它会自动重新启动；如再次发生，请选择较小的模型。",
    "The recognizer process did not come up in time.": "识别进程未能及时启动。",
    "Close other programs that keep the computer busy and load the model again.":
        "请关闭占用电脑的其他程序，再加载模型。",
    "Loading the model took too long and was given up.": "加载模型耗时过长，已放弃。",
    "Check that the model lies on a local disk, or choose a smaller model.":
        "请确认模型在本地磁盘上，或选择较小的模型。",
    "The recognizer process ended unexpectedly.": "识别进程意外结束。",
    "It is started anew by itself and catches up with what was said.": "它会自动重新启动，并补上已说的内容。",
    "The recognizer process ended unexpectedly several times in a row.": "识别进程连续多次意外结束。",
    "Choose another model or device; the recording is kept and can be tried again.":
        "请选择其他模型或设备；录音已保留，可以重试。",
    "The recognizer process could not be started.": "无法启动识别进程。",
    "Free some memory and disk space, or install the program again.":
        "请释放内存和磁盘空间，或重新安装程序。",
    "The recognizer stopped because of a mistake in this program.": "程序出错，识别器已停止。",
    "Load the model again; the log names the place.": "请重新加载模型；日志中有出错位置。",
    "The recognizer stumbled over this recording.": "识别器无法处理这段录音。",
    "Try it again from the tray; if it happens again, choose another model.":
        "请从托盘重试；如再次发生，请选择其他模型。",
    "More than half an hour of speech waits to be recognised; the rest of it cannot be held in memory.":
        "有超过半小时的语音等待识别，其余部分无法保存在内存中。",
    "Load a model first, or transcribe the recording as a file.": "请先加载模型，或将录音作为文件转写。",
    # --- model
    "The model could not be loaded.": "无法加载模型。",
    "Install the model again, or choose another one; the log names the cause.":
        "请重新安装模型或选择其他模型；日志中有原因。",
    "The chosen model needs an engine that this program does not have.": "所选模型需要本程序没有的引擎。",
    "Choose another model in the settings.": "请在设置中选择其他模型。",
    "A part that the chosen model needs is not installed.": "所选模型需要的组件未安装。",
    "Install the program again, or choose the embedded English model.":
        "请重新安装程序，或选择内置英语模型。",
    "The embedded English model is missing or damaged.": "内置英语模型缺失或损坏。",
    "Install the program again.": "请重新安装程序。",
    "There is no model directory at {}.": "{} 没有模型目录。",
    "No model directory is set.": "未设置模型目录。",
    "Install the model, or choose another one in the settings.": "请安装模型，或在设置中选择其他模型。",
    "The model directory lacks {}: it was not copied or downloaded completely.":
        "模型目录缺少 {}：未完整复制或下载。",
    "The file {} of the model is damaged or cut off.": "模型文件 {} 已损坏或不完整。",
    "Remove the model and install it again.": "请删除模型并重新安装。",
    "There is no model called {}.": "没有名为 {} 的模型。",
    "Installed are: {}.": "已安装：{}。",
    "There is no model folder {}.": "没有模型文件夹 {}。",
    "Check its name, or choose another model.": "请检查名称，或选择其他模型。",
    "No model is installed, so nothing can be recognised.": "未安装模型，无法识别。",
    "Choose a model in the settings; what was said is kept.": "请在设置中选择模型；已说的内容会保留。",
    "The model was unloaded to stay unloaded until you ask for it.": "模型已卸载，等待您手动加载。",
    "Choose “Load model” in the tray; what was said is kept.": "请在托盘中选择“加载模型”；已说的内容会保留。",
    "The model did not become ready and was given up.": "模型未能就绪，已放弃。",
    "Load it again; if that does not help, choose a smaller model.": "请重新加载；如无效，请选择较小的模型。",
    "The recognizer does not end although it was told to.": "识别器没有按要求结束。",
    "It is told again; quit the program if its memory is needed now.":
        "会再次要求它结束；如急需显存，请退出程序。",
    "The prepared recognizer needed more memory than allowed and was ended.":
        "待命的识别器超出内存限制，已被结束。",
    "Raise the limit for standby in the settings, or turn standby off.":
        "请在设置中提高待命上限，或关闭待命。",
    "Starting at login could not be changed: {}.": "无法更改开机启动：{}。",
    "Check who owns the folder {}.": "请检查文件夹 {} 的所有者。",
    "full screen": "全屏程序",
    "full screen: {}": "全屏程序 {}",
    "only {} free": "仅剩 {} 显存",
    "only {} free, {} uses {}": "仅剩 {} 显存，{} 占用 {}",
    "The model was unloaded.": "模型已卸载。",
    "The model is in use by {}. End that first, then unload.": "模型正被 {} 使用。请先结束，再卸载。",
    "The model is in use by {}; it will be unloaded when that ends.": "模型正被 {} 使用，结束后将卸载。",
    "dictation": "听写",
    "captions": "字幕",
    "file {}": "文件 {}",
    "dictation and {}": "听写和{}",
    "captions and {}": "字幕和{}",
    # --- graphics card
    "Freed {} of graphics memory.": "已释放 {} 显存。",
    "Freed {}, 0 MiB of ours left.": "已释放 {}，我们的占用为 0 MiB。",
    "Freed {}; {} of ours still held by {}.": "已释放 {0}；{2} 仍占用我们的 {1}。",
    "{}: freed {} of graphics memory.": "{}：已释放 {} 显存。",
    "{}: freed {}, 0 MiB of ours left.": "{}：已释放 {}，我们的占用为 0 MiB。",
    "{}: freed {}; {} of ours still held by {}.": "{0}：已释放 {1}；{3} 仍占用我们的 {2}。",
    "{}: {} of {} are used.": "{}：显存已用 {} / {}。",
    "{}: {} of {} are used; {} uses {}.": "{}：显存已用 {} / {}；{} 占用 {}。",
    "another program": "其他程序",
    "{} had no room on this graphics card before, so it runs {}.": "{} 此前在此显卡上放不下，现{}。",
    "on the CPU": "在 CPU 上运行",
    "in {}, or without its second pass": "以 {} 精度或不带二次识别运行",
    "The graphics card has not enough free memory for the model.": "显卡空闲显存不足，无法加载模型。",
    "Close programs that use the card, or choose a smaller model.":
        "请关闭占用显卡的程序，或选择较小的模型。",
    "The device {} cannot be used; the model runs on the CPU, which is slower.":
        "无法使用设备 {}；模型改在 CPU 上运行，速度较慢。",
    "Check the graphics driver, or choose CPU in the settings to hide this.":
        "请检查显卡驱动，或在设置中选择 CPU 以隐藏此提示。",
    "The graphics card is left to another program ({}).": "显卡已让给其他程序（{}）。",
    "Load the model from the tray, or allow the CPU meanwhile in the settings; what was said is kept.":
        "请从托盘加载模型，或在设置中允许暂用 CPU；已说的内容会保留。",
    "Unload it and load it again from the tray to try it in full.":
        "请从托盘卸载并重新加载，再次尝试完整加载。",
    "{} runs on the CPU although there is a graphics card, which is slower.":
        "虽有显卡，{} 仍在 CPU 上运行，速度较慢。",
    'Run "plosive doctor" to see what the card lacks.': "运行 plosive doctor 查看显卡缺少什么。",
    "Unload the model or close that program before the card is full.": "请在显存用满前卸载模型或关闭该程序。",
    "The graphics card stopped answering.": "显卡没有响应。",
    "Recognition goes on on the CPU; restart the computer to get the card back.":
        "识别改在 CPU 上继续；重启电脑可恢复显卡。",
    "The graphics driver was updated while the system was running, so its memory cannot be read.":
        "系统运行期间显卡驱动已更新，无法读取显存。",
    "Restart the computer.": "请重启电脑。",
    "The graphics driver is installed but not running.": "显卡驱动已安装但未运行。",
    "Restart the computer, or install the driver again if that does not help.":
        "请重启电脑；如无效，请重新安装驱动。",
    "The graphics memory may not be read by this user.": "当前用户无权读取显存。",
    "Ask the administrator for access to the /dev/nvidia files.": "请向管理员申请 /dev/nvidia 文件的权限。",
    "The graphics driver does not tell how much memory is used.": "显卡驱动未提供显存使用情况。",
    "Everything else works; a newer driver may help.": "其他功能不受影响；更新驱动可能有帮助。",
    # --- history and settings
    "The history was damaged; {} dictations and {} meetings could be read and were kept.":
        "历史记录已损坏，已保留其中可读取的 {} 条听写和 {} 次会议。",
    "The damaged file is {}; delete it when nothing is missing.": "损坏的文件为 {}；确认无缺失后可删除。",
    "The history was written by a newer version of Plosive and is left alone.":
        "历史记录由更新版本的 Plosive 写入，未作改动。",
    "This meeting has been deleted.": "此会议已被删除。",
    "Choose another one.": "请选择其他会议。",
    "The file {} cannot be written ({}).": "无法写入文件 {}（{}）。",
    "Name another file or folder, or free some space.": "请换一个文件或文件夹，或清理空间。",
    "The history cannot be written ({}).": "无法写入历史记录（{}）。",
    "Check the permissions of {} and the space left on its disk.": "请检查 {} 的权限和磁盘剩余空间。",
    "The settings file cannot be read ({}); every setting is at its default.":
        "无法读取设置文件（{}），所有设置均为默认值。",
    "Correct {}, or delete it to begin anew{}.": "请修正 {0}，或删除它重新开始。",
    "The settings file cannot be opened ({}); every setting is at its default.":
        "无法打开设置文件（{}），所有设置均为默认值。",
    "Check the permissions of {}.": "请检查 {} 的权限。",
    "The settings could not be saved ({}).": "无法保存设置（{}）。",
    "The settings file was written by a newer version of Plosive.": "设置文件由更新版本的 Plosive 写入。",
    "Check the settings, or install the newer version again.": "请检查设置，或重新安装更新的版本。",
    "The settings file holds {}, which this version does not know; it has no effect.":
        "设置文件中的 {} 在此版本中无效。",
    # --- models on disk and on their way there
    "Known are: {}.": "已知的有：{}。",
    "{} cannot be the name of a model.": "{} 不能作为模型名称。",
    "Use letters, digits, dots, dashes and underscores, beginning with a letter or digit.":
        "请使用字母、数字、点、短横线和下划线，并以字母或数字开头。",
    "The model {} is installed already.": "模型 {} 已经安装。",
    "To check it: plosive models verify {}": "校验：plosive models verify {}",
    "The model {} is being installed or removed by somebody else.": "模型 {} 正由其他程序安装或删除。",
    "Wait until that has ended, or cancel it there.": "请等待其结束，或在那里取消。",
    "{} cannot be imported: {}.": "无法导入 {}：{}。",
    "Name the folder (or .zip) that holds config.yaml and the weights.":
        "请指定含有 config.yaml 和权重的文件夹（或 .zip）。",
    "Cannot write to {} ({}).": "无法写入 {}（{}）。",
    "Check the folder and the disk.": "请检查文件夹和磁盘。",
    "{} is not known to be on {}.": "未知 {} 是否在 {} 上。",
    "Choose another source.": "请选择其他来源。",
    "Do not use this source.": "请勿使用此来源。",
    "There is no connection to {}.": "无法连接到 {}。",
    "Connect to the internet or choose another source; what has arrived is kept. "
    "The embedded model (pocketsphinx, US English) works without any download.":
        "请连接网络或选择其他来源；已下载的部分会保留。内置模型（pocketsphinx，美式英语）无需下载即可使用。",
    "Who answers as {} cannot be verified: the certificate is not trusted here.":
        "无法确认 {} 的身份：此电脑不信任其证书。",
    "Check the computer's clock. Behind a proxy that reads along, name its authority in SSL_CERT_FILE.":
        "请检查电脑的时间。如经过会解密流量的代理，请在 SSL_CERT_FILE 中指定其证书颁发机构。",
    "{} has sent nothing for {} s, several times.": "{} 多次在 {} 秒内没有发送任何数据。",
    "Try again later, it goes on where it ended; or choose another source.":
        "请稍后重试，将从中断处继续；或选择其他来源。",
    "The server ends the transfer of {} too early, several times.": "服务器多次过早结束 {} 的传输。",
    "{} does not have {}.": "{} 上没有 {}。",
    "{} refuses to send the model (answer {}).": "{} 拒绝发送模型（回答 {}）。",
    "{} has trouble of its own (answer {}).": "{} 自身出现故障（回答 {}）。",
    "{} answered something that cannot be understood.": "无法理解 {} 的回答。",
    "Check the address of the source, or choose another one.": "请检查来源地址，或选择其他来源。",
    "{} offers files whose names point out of the model's folder; nothing was downloaded.":
        "{} 提供的文件名指向模型文件夹之外；没有下载任何内容。",
    "{} arrived damaged twice: its checksum is wrong. It was deleted.":
        "{} 两次下载均已损坏：校验和不符，已删除。",
    "The disk of {} has {} MiB free, but the model needs {} MiB.":
        "{} 所在磁盘剩余 {} MiB，但模型需要 {} MiB。",
    # --- second pass
    "{} The text of the first pass was taken.": "{} 已采用首次识别的文字。",
    "The second pass stumbled over this recording.": "二次识别处理此录音时出错。",
    "If it happens again, choose another model for the second pass.":
        "如再次发生，请为二次识别选择其他模型。",
    "{} Speakers are not told apart.": "{} 无法区分说话人。",
    "The model for speakers stumbled over this recording.": "说话人模型处理此录音时出错。",
    "If it happens again, choose another one, or none.": "如再次发生，请另选一个或不使用。",
    "The model for speakers found not enough free memory.": "说话人模型所需的内存不足。",
    "Close programs that use the card; it is tried again in a minute.":
        "请关闭占用显卡的程序；一分钟后会重试。",
    "The second pass found not enough free memory.": "二次识别所需的内存不足。",
    "Close programs that use the card, or choose a smaller model for the second pass.":
        "请关闭占用显卡的程序，或为二次识别选择更小的模型。",
    "config.yaml names {}, which cannot be used here.": "config.yaml 指定了 {}，在此无法使用。",
    "Choose a folder with one of these models: {}.": "请选择包含以下模型之一的文件夹：{}。",
    "Delete something, and try again.": "请删除一些内容后重试。",
    "The download of {} was cancelled.": "已取消 {} 的下载。",
    "What has arrived is kept: installing it again goes on from there.":
        "已下载的部分会保留：再次安装时从该处继续。",
    "The download ended unexpectedly.": "下载意外结束。",
    "Try again; it goes on where it ended.": "请重试，将从中断处继续。",
    "Plosive cannot use this model: its config.yaml names {}.": "无法使用此模型：其 config.yaml 指定了 {}。",
    "plosive models list shows the models that can be used.": "plosive models list 列出可用的模型。",
    "The file {} of the model is not as it was when installed.": "模型文件 {} 与安装时不同。",
    # --- recognition server
    "The recognition server cannot be reached.": "无法连接语音识别服务器。",
    "Check the network, the address and whether the server runs; the recording is kept.":
        "请检查网络、地址以及服务器是否运行；录音已保留。",
    "The recognition server hangs up before anything is said.": "语音识别服务器在开始之前就断开了连接。",
    "Check that the address fits the server: ws:// without encryption, wss:// with it.":
        "请检查地址与服务器是否相符：ws:// 为不加密，wss:// 为加密。",
    "The proxy that this computer uses does not lead to the recognition server.":
        "本机使用的代理无法连接到语音识别服务器。",
    "Add the server's name to the environment variable no_proxy, or name an HTTP proxy in https_proxy.":
        "请将服务器名称加入环境变量 no_proxy，或在 https_proxy 中指定 HTTP 代理。",
    "What answers at the server's address is no recognition server.": "该地址上的并不是语音识别服务器。",
    "Check the address with its port and path.": "请检查地址及其端口和路径。",
    "The recognition server turned the connection away because it is busy or out of order.":
        "语音识别服务器繁忙或出现故障，拒绝了连接。",
    "Try again later; the recording is kept.": "请稍后重试；录音已保留。",
    "The recognition server does not let this program in.": "语音识别服务器不允许本程序访问。",
    "Check the secret in the file that server.token_file names.":
        "请检查 server.token_file 所指文件中的密钥。",
    "The recognition server's certificate cannot be trusted, so nothing was sent to it.":
        "语音识别服务器的证书不可信，因此没有向它发送任何内容。",
    "Name the certificate of its authority in server.ca_file, or check the server's name in the address.":
        "请在 server.ca_file 中指定其颁发机构的证书，或检查地址中的服务器名称。",
    "The recognition server does not speak the encryption that wss:// asks for.":
        "语音识别服务器不支持 wss:// 所要求的加密。",
    "Use an encrypting port, or ws:// if nobody else can listen on the way.":
        "请使用加密端口；若途中不会有人窃听，也可使用 ws://。",
    "The file with the server's certificate authority cannot be read.":
        "无法读取服务器证书颁发机构的文件。",
    "server.ca_file must name a PEM file with certificates.": "server.ca_file 必须是含有证书的 PEM 文件。",
    "The file with the secret for the recognition server cannot be read or holds no secret.":
        "无法读取语音识别服务器的密钥文件，或其中没有密钥。",
    "server.token_file must name a file whose first line is the secret.":
        "server.token_file 必须是首行为密钥的文件。",
    "The secret for the recognition server would travel where others can read it, so it was not sent.":
        "语音识别服务器的密钥会在传输途中被他人看到，因此没有发送。",
    "Use wss://, or set server.insecure to send it all the same.":
        "请使用 wss://，或设置 server.insecure 以仍然发送。",
    "The connection to the recognition server broke off again and again.":
        "与语音识别服务器的连接反复中断。",
    "Check the network; the recording is kept and can be tried again.":
        "请检查网络；录音已保留，可以重试。",
    "The recognition server took the speech but gave no text in time.":
        "语音识别服务器收到了语音，但没有及时返回文字。",
    "It may have too much to do: try again later; the recording is kept.":
        "它可能过于繁忙：请稍后重试；录音已保留。",
    "The recognition server sent something that is no recognition result.":
        "语音识别服务器返回的内容不是识别结果。",
    "Check that the address and server.protocol fit the server; the recording is kept.":
        "请检查地址和 server.protocol 是否与服务器相符；录音已保留。",
    "The recognition server answered with the text of another recording; it was not used.":
        "语音识别服务器返回了另一段录音的文字，已弃用。",
    "Tell whoever runs the server; the recording is kept.": "请告知服务器的管理者；录音已保留。",
    "The recognition server reports that it could not recognise the speech.":
        "语音识别服务器报告无法识别这段语音。",
    "Try again; if it stays so, tell whoever runs the server.":
        "请重试；若仍然如此，请告知服务器的管理者。",
    "Who the recognition server is was not checked: somebody on the way could listen.":
        "没有验证语音识别服务器的身份：途中可能有人窃听。",
    "Set server.insecure to false, and server.ca_file to the authority of its certificate.":
        "请将 server.insecure 设为 false，并在 server.ca_file 中指定其证书的颁发机构。",
    "What you say travels to the recognition server without encryption.":
        "您的语音未经加密传输到语音识别服务器。",
    "Use a wss:// address if the server has one.": "如果服务器有 wss:// 地址，请使用它。",
    "The address of the recognition server cannot be understood.": "无法理解语音识别服务器的地址。",
    "Write it like wss://name:10095; ws:// is for servers without encryption.":
        "请写成 wss://name:10095 的形式；ws:// 用于不加密的服务器。",
    "The address of the recognition server holds a user name or password.":
        "语音识别服务器的地址中含有用户名或密码。",
    "Put the secret into a file of its own and name that in server.token_file.":
        "请将密钥放入单独的文件，并在 server.token_file 中指定。",
    # --- captions
    "Microphone and system sound are the same device, so only the system sound is captioned.":
        "麦克风和系统声音是同一设备，因此只为系统声音生成字幕。",
    "Choose another microphone in the tray menu.": "请在托盘菜单中选择其他麦克风。",
    "Recognition is behind; nothing is lost.": "识别稍有延迟，内容不会丢失。",
    "Some of what was said has no captions, because it waited too long for a model.":
        "部分内容等待模型过久，因此没有字幕。",
    "Keep the sound of meetings (settings, Captions) to be able to transcribe it later.":
        "可在设置的“字幕”中保留会议的声音，以便日后转写。",
    "Captions ended by themselves: nobody has spoken for a while.": "长时间无人说话，字幕已自动结束。",
    "Paused": "已暂停",
    "Listening": "正在聆听",
    "The model is loading, {} s.": "模型加载中，{} 秒。",
    "The meeting is saved, but {} of its utterances have no text.": "会议已保存，但有 {} 句话没有文字。",
    "Load the model, then transcribe the kept sound if you keep it.":
        "请加载模型；如保留了声音，可再转写。",
    "Bookmark at {}.": "已在 {} 处标记。",
    "“{}” was said. {}: {}": "有人提到“{}”。{}：{}",
    "That cannot be done with captions.": "字幕没有此操作。",
    # --- live output of captions
    "Captions cannot be offered to other programs: port {} is in use.":
        "无法向其他程序提供字幕：端口 {} 已被占用。",
    "Choose another port in the settings, or 0 for any that is free.":
        "请在设置中选择其他端口，或填 0 使用任意空闲端口。",
    "Captions cannot be offered to other programs: this computer allows no local connection.":
        "无法向其他程序提供字幕：本机不允许本地连接。",
    "Look at the firewall, or switch the live output off in the settings.":
        "请检查防火墙，或在设置中关闭实时输出。",
    "Captions cannot be offered to other programs: the file of the access token cannot be written.":
        "无法向其他程序提供字幕：无法写入访问令牌文件。",
    "Make room on the disk, and look whether the program's own folder may be written to.":
        "请腾出磁盘空间，并检查程序自己的文件夹是否可写。",
    "The live output of captions failed unexpectedly.": "字幕实时输出意外失败。",
    "Switch it off and on in the settings; what happened is in the log.":
        "请在设置中关闭后再打开；详情见日志。",
    "OBS does not answer at {}.": "OBS 在 {} 没有响应。",
    "Start OBS and enable its WebSocket server (Tools); Plosive keeps trying.":
        "请启动 OBS 并启用其 WebSocket 服务器（工具）；Plosive 会不断重试。",
    "OBS refuses the password.": "OBS 拒绝了密码。",
    "In OBS: Tools, WebSocket Server Settings.": "在 OBS 中：工具，WebSocket 服务器设置。",
    "OBS asks for a password.": "OBS 要求密码。",
    "Write it into a file of your own and name that file in the settings of captions.":
        "请把密码写入您自己的文件，并在字幕设置中指定该文件。",
    "The file with the password of OBS cannot be read.": "无法读取 OBS 密码文件。",
    "Its first line must be the password; look at its name in the settings.":
        "文件首行必须是密码；请检查设置中的文件名。",
    "This version of OBS speaks another protocol.": "此版本的 OBS 使用另一种协议。",
    "Plosive needs OBS 28 or newer, with its own WebSocket server.":
        "Plosive 需要自带 WebSocket 服务器的 OBS 28 或更新版本。",
    "OBS has ended the connection of Plosive.": "OBS 断开了 Plosive 的连接。",
    "End and start captions to connect again.": "请结束并重新开始字幕以再次连接。",
    "The running program does not let this command read the captions.":
        "正在运行的程序不允许此命令读取字幕。",
    "The file with its token may be an old one: switch the live output off and on in the settings.":
        "令牌文件可能已过时：请在设置中关闭实时输出后再打开。",
    "The captions of the running program cannot be reached.": "无法连接正在运行的程序的字幕。",
    "Try again; if it stays so, switch the live output off and on in the settings.":
        "请重试；如问题依旧，请在设置中关闭实时输出后再打开。",
    "The running program does not offer its captions to other programs.":
        "正在运行的程序未向其他程序提供字幕。",
    "Allow it: plosive config set captions.live_output true":
        "请允许：plosive config set captions.live_output true",
    "The file with the token for reading captions cannot be read.": "无法读取字幕访问令牌文件。",
    "Switch the live output off and on in the settings; that writes it anew.":
        "请在设置中关闭实时输出后再打开，令牌会重新写入。",
    "OBS has no text source named “{}”.": "OBS 中没有名为“{}”的文本源。",
    "Add one in OBS, or write its exact name into the settings of captions.":
        "请在 OBS 中添加，或在字幕设置中填写其准确名称。",
    # --- recordings
    "There is no file “{}”.": "没有文件“{}”。",
    "Check the name and the folder.": "请检查文件名和文件夹。",
    "“{}” is a folder, not a sound file.": "“{}”是文件夹，不是声音文件。",
    "Name the file itself.": "请指定文件本身。",
    "“{}” may not be read.": "无权读取“{}”。",
    "Check the file's permissions.": "请检查文件权限。",
    "“{}” holds no sound.": "“{}”中没有声音。",
    "Check that the recording was finished and copied whole.": "请确认录音已完成并已完整复制。",
    "“{}” is not a sound file that can be read.": "“{}”不是可以读取的声音文件。",
    "Convert it to WAV or FLAC, for example: ffmpeg -i FILE out.wav":
        "请转换为 WAV 或 FLAC，例如：ffmpeg -i FILE out.wav",
    "“{}” was cut short; it was heard as far as it goes.": "“{}”不完整；已识别现有部分。",
    "Copy or record it again if words are missing at the end.": "如果结尾缺字，请重新复制或录制。",
    "The recognizer gave no sign of life for several minutes.": "识别器已数分钟没有响应。",
    "Start the job again: what was recognised is kept. A smaller model may help.":
        "请重新开始：已识别的内容会保留。可换用较小的模型。",
    "Numbers and punctuation could not be added; the words are written as they were recognised.":
        "未能添加数字和标点；文字按识别结果写出。",
    "Start the job again with --force to try once more.": "可用 --force 重新开始再试一次。",
    "There is no recording in the folder “{}”.": "文件夹“{}”中没有录音。",
    "Name a file itself if its ending is an unusual one.": "如果扩展名不常见，请直接指定文件。",
    "Nothing matches “{}”.": "没有与“{}”匹配的文件。",
    "“{}” is no file but a device or a pipe.": "“{}”不是文件，而是设备或管道。",
    "Copy its sound into a file first, or give it on standard input with -.":
        "请先将其声音存成文件，或用 - 从标准输入传入。",
    "“{}” changed while it was read.": "读取时“{}”发生了变化。",
    "Run the same command again when nothing writes to it any more.": "请在不再有程序写入它之后重新运行。",
    "“{}” is there already and is not what Plosive wrote there; it is left alone.":
        "“{}”已存在，且不是 Plosive 写的内容，未作改动。",
    "Choose another folder for results (--out), or overwrite it (--force).":
        "请为结果选择其他文件夹（--out），或覆盖它（--force）。",
    "There is no space left for “{}”.": "没有空间写入“{}”。",
    "Free some space and start again: what was recognised is kept.":
        "请清理空间后重新开始：已识别的内容会保留。",
    "“{}” cannot be written ({}).": "无法写入“{}”（{}）。",
    "Choose another folder for results (--out); what was recognised is kept.":
        "请为结果选择其他文件夹（--out）；已识别的内容会保留。",
    "Reading this file stopped because of a mistake in this program.": "程序出错，停止读取此文件。",
    "What happened is in the log; plosive doctor names its folder.":
        "详情见日志；plosive doctor 会给出其文件夹。",
    "The job stopped because of a mistake in this program; what was recognised is kept.":
        "程序出错，任务已停止；已识别的内容会保留。",
    "What happened is in the log; start the job again to go on.": "详情见日志；重新开始即可继续。",
    "What a job has done cannot be kept for later ({}).": "无法保存任务的进度（{}）。",
    "Check {} and the space left on its disk; results are written all the same.":
        "请检查 {} 及其磁盘剩余空间；结果仍会写出。",
    "What interrupted jobs had done could not be read; they begin anew.":
        "无法读取中断任务的进度，将重新开始。",
    "The damaged file is {}; delete it.": "损坏的文件是 {}，可以删除。",
    "Captions are off, so nothing was marked.": "字幕未开启，没有做标记。",
    "Begin them: plosive captions start": "开启字幕：plosive captions start",
    "No failed dictation is kept, so there is nothing to try again.": "没有保留失败的听写，无可重试。",
    "Those that succeeded: plosive history list": "查看成功的听写：plosive history list",
    "None is installed; there are: plosive models list": "尚未安装任何模型；可用的模型：plosive models list",
    "plosive captions --help tells what can.": "plosive captions --help 会列出可用的操作。",
    # --- what a setting may not be, as the settings window says it
    "must be auto, cpu, mps, cuda or cuda:N": "应为 auto、cpu、mps、cuda 或 cuda:N",
    "must be a colour like #F4F6FA": "应为类似 #F4F6FA 的颜色",
    "must be an address on this computer, like ws://127.0.0.1:4455": "应为本机地址，例如 ws://127.0.0.1:4455",
    "must be one or more of: {}": "应为以下一项或多项：{}",
    "must be one of: {}": "应为以下之一：{}",
    "must be a full path, or begin with ~": "应为完整路径，或以 ~ 开头",
    "must be one line of plain text": "应为一行纯文本",
    "must be true or false": "应为 true 或 false",
    "must be a whole number": "应为整数",
    "must be {} … {}": "应为 {} … {}",
    "is no key that can be used: {}": "不是可用的按键：{}",
    "is no address of a server: {}": "不是服务器地址：{}",
    "{} is not a key name.": "{} 不是按键名称。",
    "{} alone is pressed too often for other purposes.": "单独的 {} 常用于其他用途。",
    "Hold it together with another key, like {}.": "请与其他键组合，例如 {}。",
    'In "{}", {} cannot be held together with another key.': "“{}”中的 {} 不能与其他键组合。",
    "Use Ctrl, Shift, Alt or Super before the plus sign.": "加号前请使用 Ctrl、Shift、Alt 或 Super。",
    '"{}" names a key twice.': "“{}”中有重复的按键。",
    "{} is needed for writing and cannot be the dictation key.": "{} 用于打字，不能作为听写键。",
    "Plosive presses {} itself when it inserts text, so it cannot be a key of yours.":
        "Plosive 输入文字时会自行按下 {}，因此不能将其设为您的按键。",
    "Add Ctrl, Alt or Super, or use {}.": "请加上 Ctrl、Alt 或 Super，或使用 {}。",
    "Escape cancels a dictation and cannot be its key.": "Escape 用于取消听写，不能作为听写键。",
    "Mouse button {} is needed for clicking or scrolling.": "鼠标按键 {} 用于点击或滚动。",
    "Use a side button: Mouse 8 (back) or Mouse 9 (forward).":
        "请使用侧键：Mouse 8（后退）或 Mouse 9（前进）。",
    'There is no key named "{}" (in "{}").': "没有名为“{}”的按键（在“{}”中）。",
    "Write {}.": "请这样写：{}。",
    '"Right Ctrl", "F9", "Mouse 8" or "Ctrl+Alt+Space"': "“Right Ctrl”、“F9”、“Mouse 8”或“Ctrl+Alt+Space”",
    '"Ctrl+Alt+C" or "Super+F9"': "“Ctrl+Alt+C”或“Super+F9”",
    # --- what is wrong in the settings file
    "The setting {} {}; {} is used instead.": "设置 {} 无效，{}；已改用 {}。",
    "Set it again: plosive config set {} VALUE (allowed: {}).":
        "请重新设置：plosive config set {} VALUE（可用的值：{}）。",
    "In the settings file {} must be a section; its settings are at their defaults.":
        "设置文件中的 {} 应为一节；其中的设置已使用默认值。",
    "Write [{}] on a line of its own and the settings below it.":
        "请将 [{}] 单独写成一行，并把设置写在其下。",
    "Correct its name, or remove it from the file (plosive config path).":
        "请改正名称，或从文件中删除（plosive config path）。",
    "English (embedded)": "英文（内置）",
    # --- models that cannot be used
    "This is not a streaming Paraformer model (config.yaml names {}).":
        "这不是流式 Paraformer 模型（config.yaml 中为 {}）。",
    "Choose a streaming Paraformer model for live text.": "实时文字请选择流式 Paraformer 模型。",
    "The model {} comes with the program and needs neither installing nor removing.":
        "模型 {} 随程序提供，无需安装，也不能删除。",
    "The file {} holds something else than weights; it was not opened, for it could run code.":
        "文件 {} 中不是权重；它可能会运行代码，因此没有打开。",
    "Take the model from a source that you trust.": "请使用来源可信的模型。",
    "The model contains or computed something that is not a number ({}).": "模型包含或算出了无效数值（{}）。",
    "Install the model again, or choose another precision in the settings.":
        "请重新安装模型，或在设置中选择其他精度。",
    "The weights do not fit the model's config.yaml ({}).": "权重与模型的 config.yaml 不符（{}）。",
    "The model writes {} different tokens, but tokens.json lists {}.":
        "模型输出 {} 种词元，而 tokens.json 中有 {} 个。",
    # --- other troubles that the tray or a window tells
    "There was not enough free memory to recognise this recording.": "可用内存不足，无法识别此录音。",
    "It is started anew when it is needed.": "需要时会重新启动。",
    "No speech was understood in this file.": "此文件中没有听懂的语音。",
    "Listen whether somebody speaks in it.": "请听一下其中是否有人说话。",
    "The sound that arrived is not 16-bit samples: it has an odd number of bytes.":
        "收到的声音不是 16 位采样：字节数为奇数。",
    "Choose another microphone or convert the file to 16-bit mono.":
        "请选择其他麦克风，或将文件转换为 16 位单声道。",
    "The recognizer process belongs to another version of this program.": "识别进程属于本程序的另一个版本。",
    "Quit the program and start it again; if that does not help, install it again.":
        "请退出并重新启动程序；如无效，请重新安装。",
    "Something went wrong that should not have.": "发生了意外错误。",
    "What happened is in the log.": "详情见日志。",
    "The history could not be used ({}).": "无法使用历史记录（{}）。",
    "Check {} and the space left on its disk; plosive doctor checks it.":
        "请检查 {} 及其磁盘的剩余空间；plosive doctor 可进行检查。",
    "Install the newer version again, or move {} away.": "请重新安装较新的版本，或移走 {}。",
    "The X server (display {}) cannot be reached.": "无法连接 X 服务器（显示 {}）。",
    'Start Plosive inside your desktop session, or use "plosive press" and "plosive release".':
        "请在桌面会话中启动 Plosive，或使用 plosive press 和 plosive release。",
    "This X server has no XInput 2.1, so keys cannot be observed.":
        "此 X 服务器没有 XInput 2.1，无法监听按键。",
    'Bind "plosive toggle" in your window manager.': "请在窗口管理器中为 plosive toggle 绑定按键。",
    'Plosive tries again; if it stays so, run "plosive doctor" and report what the log says.':
        "Plosive 会重试；如仍如此，请运行 plosive doctor 并报告日志内容。",
    "Bind a key of your desktop to the commands: plosive press, plosive release. plosive doctor shows how.":
        "请在桌面中为命令 plosive press 和 plosive release 绑定按键；plosive doctor 会说明方法。",
}  # fmt: skip
