"""The words by which people name a signer or the time of their own act, in Chinese, English and pinyin.

Source: NMPA inspection guide (国药监械管〔2024〕20号) item ※5.51(3): operator names are neither typed nor picked, times
of operation and recording come from the system. Glossary keys that the system fills in are listed with them.
"""

from __future__ import annotations

import re

SYSTEM_FIELDS = frozenset(
    """
    signed_by signed_at signed_on signer signer_id signer_name signature signatures sign_date sign_time signatory
    receiver_signature deliverer_signature actor actor_id actor_name on_behalf_of user user_id username account
    inspector inspection_date inspection_time inspected_by inspected_at inbound_date checker checked_by checked_at
    recorder recorded_by recorded_at outbound_date outbound_reviewer reviewer reviewed_by reviewed_at
    received_by received_at nc_confirmed_by confirmed_by confirmed_at destruction_witness stop_sale_at alarm_at
    alarm_ack_by operator operator_id operator_name operated_by operated_at performed_by performed_at executed_by
    executed_at completed_by completed_at submitted_by submitted_at approved_by approved_at approver verified_by
    verified_at verifier decided_by decided_at released_by released_at put_away_by put_away_at entered_by entered_at
    created_by created_at updated_by updated_at done_by done_at closed_by closed_at accepted_by accepted_at
    handled_by handled_at server_time system_time timestamp now
    """.split()
)
"""Fields that the system writes. A client that sends one is not refused: the value is dropped and never stored."""

SIGNER_NOUNS = frozenset(
    """
    signer signatory signee inspector reviewer approver checker verifier recorder operator performer executor
    receiver witness supervisor registrar submitter approver stower picker packer keeper warehouseman examiner
    assessor auditor releaser confirmer ruler decider handler undersigned signature sign autograph initials esign
    """.split()
)
"""English nouns for somebody who acts; a field named so (with ``name``, ``id`` … behind) asks who acted."""

NAME_WORDS = frozenset(
    "name names id no number code user username account person people staff employee badge initials".split()
)
ACT_VERBS = frozenset(
    """
    sign signed signing signature inspect inspected inspection receive received receiving receipt review reviewed
    approve approved approval verify verified verification check checked perform performed performance confirm confirmed
    confirmation record recorded recording enter entered entry operate operated operation complete completed
    completion prepare prepared test tested
    submit submitted submission release released decide decided decision rule ruled ruling handle handled handling
    execute executed execution accept accepted acceptance putaway stow stowed close closed pick picked pack packed fill
    filled register registered audit audited witness witnessed inbound outbound act action own work task
    """.split()
)
"""English verbs of acts in this system; with ``by`` they name the signer, with ``at``, ``date`` … the time."""

TIME_WORDS = frozenset("at on date time datetime timestamp day moment when hour".split())
BARE_SIGNER = frozenset(
    {"name", "fullname", "yourname", "who", "by", "姓名", "名字", "本人", "本人姓名", "工号", "人员", "人员姓名"}
)
NAMELESS = frozenset("name names id no number code".split())
PERSON_WORDS = frozenset(
    "print printed full first last family given your my staff employee person personnel user badge worker".split()
)
"""``printed name``, ``staff no``, ``user id``: a word of each kind and nothing else asks for a person."""
BARE_TIME = frozenset(
    {
        "date",
        "time",
        "datetime",
        "timestamp",
        "today",
        "day",
        "年月日",
        "哪天",
        "几点",
        "now",
        "when",
        "日期",
        "时间",
        "日期时间",
        "当前时间",
        "当前日期",
    }
)
"""Words that, alone on a label, can only mean who and when."""

_ACT_ZH = (
    "验收|收货|复核|审核|批准|审批|审定|检查|检验|查验|质检|操作|记录|录入|填写|填报|填表|签名|签字|签章|签收|签署|签核|签发|签|执行|经办|"
    "确认|上架|下架|入库|出库|发货|拣货|拣选|打包|养护|登记|监销|保管|仓管|库管|放行|处理|处置|核对|核验|经手|接收|制单|制表|编制|裁决|"
    "决定|提交|完成|交接|作业|评审|评定|判定|实施|盘点|巡检|签批|值班|当班|质量管理|质管|仓库管理|库房管理|冷链作业"
)
SIGNER_ZH = re.compile(
    f"(?:(?:{_ACT_ZH})(?:人员|人|者|员|专员|主管)(?:的)?(?:姓名|名字|名称|名|工号|编号|账号|帐号|签名|签字|签章|选择)?|"
    "(?:电子|手写|本人|个人|验收|收货|复核|审核|批准|检查|检验)?(?:签名|签字|签章|署名|落款)|"
    f"谁.{{0,2}}(?:{_ACT_ZH})的?|(?:{_ACT_ZH})的?是?谁)$"
)
TIME_ZH = re.compile(
    f"(?:{_ACT_ZH}|收货确认|验收完成|本次|当前|系统|落款|实际操作)(?:人员|人|者|员)?(?:完成|开始|结束|的)?"
    "(?:日期时间|日期|时间|时刻|年月日|日)$"
)
ASKS_SIGNER_ZH = re.compile(
    f"(?:填写|输入|选择|填入|写上|写明|请填|请选)[^。；]{{0,8}}?(?:(?:{_ACT_ZH})(?:人员|人|者|员)|签名|签字|本人姓名|您的姓名|你的姓名)"
)
ASKS_TIME_ZH = re.compile(f"(?:填写|输入|选择|填入|写上|写明|请填|请选)[^。；]{{0,8}}?(?:{_ACT_ZH})的?(?:日期|时间)")
ASKS_SIGNER_EN = re.compile(
    r"\b(?:enter|type|write|select|choose|pick|fill in|give)\b[^.;]{0,24}?\b(?:your (?:full )?name|"
    r"your signature|name of the (?:\w+ )?(?:"
    + "|".join(sorted(SIGNER_NOUNS))
    + r")|who (?:signed|inspected|received|checked|reviewed|approved))"
)
ASKS_TIME_EN = re.compile(
    r"\b(?:enter|type|write|select|choose|pick|fill in|give)\b[^.;]{0,24}?\b(?:date|time|day) (?:of )?(?:the |your )?"
    r"(?:signing|signature|inspection|receiving|receipt|review|approval|check|checking|recording|entry|put-?away)\b"
)

SIMPLIFIED = str.maketrans(
    "驗簽檢複復覈審錄員執經確庫發處倉養時間記單決編製貨號帳實盤評認監銷報對質辦",
    "验签检复复核审录员执经确库发处仓养时间记单决编制货号帐实盘评认监销报对质办",
)
OUTSIDE_ZH = re.compile(
    "证|报告|合同|协议|文件|许可|备案|厂家|厂商|供货|供方|对方|客户|投诉|购货|生产企业|监管|药监|通知|临床"
)
"""Before the verb: the paper or the other party whose date this is; only together with ``external_event_time``."""

_PINYIN_ACT = (
    "yanshou|shouhuo|fuhe|shenhe|pizhun|shenpi|jiancha|jianyan|caozuo|jilu|luru|tianxie|qianming|qianzi|qianzhang|"
    "qianshou|zhixing|jingban|queren|shangjia|ruku|chuku|dengji|baoguan|fangxing"
)
SIGNER_PINYIN = re.compile(
    f"(?:{_PINYIN_ACT})(?:renyuan|ren|zhe|yuan)(?:xingming|mingzi|ming|gonghao)?|qianming|qianzi|qianzhang|xingming|gonghao"
)
TIME_PINYIN = re.compile(f"(?:{_PINYIN_ACT})(?:riqi|shijian|ri)")

SURNAMES = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆"
)
"""Frequent surnames that begin no usual word of the trade; enough to see that a choice list holds people."""
PINYIN_SURNAMES = frozenset(
    """
    wang li zhang liu chen yang zhao wu zhou xu sun zhu hu guo he lin luo zheng liang xie song tang deng feng han cao
    zeng peng xiao cai pan tian dong yuan yu ye jiang du su wei cheng lv ding shen ren yao lu fu zhong cui tan liao fan
    """.split()
)
