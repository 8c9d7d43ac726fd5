"""The day's checklist for the secretariat: one list, for the printer and for docs/checklist.md."""

from __future__ import annotations

from flask import Blueprint

from voting.core.text import text
from voting.web.audience import SECRETARIAT, audience
from voting.web.desk import page

pages = Blueprint("checklist", __name__)

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        text("会前一周"),
        (
            text(
                "用彩排实例完整走一遍：签到、发票、登记、表决、公布、作废重来；彩排页面和纸张都有“彩排”字样。"
            ),
            text("彩排用彩排的代表证；正式代表证另行制作，两人在场打印，打印后核对张数。"),
            text(
                "服务器、备用服务器、交换机、无线、不间断电源到位；服务器硬盘为镜像，交换分区关闭。"
            ),
            text("做一次密钥备份，两人封存信封并签名，存放在保密柜；数据备份用另一个介质。"),
            text("另一台发票机、见证机、转送机由各自的负责人安装，互相核对指纹。"),
        ),
    ),
    (
        text("会前一天"),
        (
            text("每台平板安装会场证书，指纹与服务器本机打印的纸逐字核对；装完关闭安装网页。"),
            text("每台平板打开“平板检查”，全部合格；多备一成平板，电量充满。"),
            text("导入名册和候选项目，两人校对；核对代表证；打印应急处置办法。"),
            text(
                "每位工作人员在自己要用的设备和一台备用设备上各登录一次：以后有人乱试密码，也不会影响这些设备登录。"
            ),
            text("打开 /health，应显示 ok；核对服务器时间。"),
            text("定稿。核验码抄写在监票核对单上；定稿后做一次数据备份。"),
        ),
    ),
    (
        text("当天会前一小时"),
        (
            text("服务器、发票机、见证机、转送机启动；/health 显示 ok；见证人全部显示已见证。"),
            text(
                "大屏打开，连接正常；平板显示的届次、表决名称、核验码与大屏一致，没有“彩排”字样。"
            ),
            text("监票人抽平板投试验票（另设的试验表决），记录抽中的平板。"),
            text("备用服务器就位，不接入网络；密钥信封和最近一份数据备份在保密柜，知道谁有钥匙。"),
        ),
    ),
    (
        text("表决当中"),
        (
            text("签到，宣布应到、实到；宣布总监票人、监票人。"),
            text("核对核验码，两人确认开始发票；发完做一次数据备份。"),
            text("停止发票，统一登记；红色的平板由监票人查看，不由操作人员查看。"),
            text("冻结票册，打印监票核对单，监票人签名保存；做一次数据备份。"),
            text("两人确认开始表决；登记和表决当中不做备份，系统也会拒绝。"),
            text("收回票数不再增加时，两人确认停止表决；做一次数据备份。"),
            text("两人确认公布结果；打印计票结果报告单，总监票人签名；第二张监票核对单签名保存。"),
        ),
    ),
    (
        text("会后"),
        (
            text("做最后一次数据备份；导出记录，交审计并登记交接。"),
            text("审计人员用自己的核验程序核验记录，带上签名的监票核对单。"),
            text("平板恢复出厂设置；剩余的代表证、打印队列按规定销毁。"),
            text("备份介质和信封归档；/health 和见证机的消息存档。"),
        ),
    ),
    (
        text("服务器坏了"),
        (
            text("主席团宣布暂停；总监票人到场；不要重启后自行继续。"),
            text("能修好原机就修原机：数据在盘上，没有确认收到的票平板会自动再送。"),
            text(
                "原机不能恢复时，在备用服务器上由备份恢复，两人在场，写明原因；首页和日志会永远写明。"
            ),
            text("正在发票的，开始下一轮发票，每人重新领票；已经停止发票的，只能作废，重新表决。"),
        ),
    ),
)


@pages.get("/office/checklist")
@audience(SECRETARIAT)
def checklist() -> str:
    """The list, to be printed and ticked."""
    return page("print/checklist.html", parts=PARTS)
