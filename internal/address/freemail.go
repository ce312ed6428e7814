package address

import "strings"

// freeMail is providers that give addresses to anybody for nothing: those that missions are known to use, and the largest ones
// of the countries they stand in. The mail of an access provider (bluewin.ch, simnet.is, snpt.km, vera.com.uy) is not among
// them: behind it is a paying customer known to the company.
const freeMail = " gmail.com googlemail.com hotmail.com outlook.com live.com msn.com yahoo.com yahoo.fr yahoo.es yahoo.co.jp aol.com" +
	" icloud.com gmx.com gmx.de gmx.net web.de proton.me protonmail.com 126.com 163.com yeah.net qq.com foxmail.com sina.com sina.cn" +
	" sohu.com aliyun.com seznam.cz naver.com hanmail.net daum.net kakao.com nate.com mail.ru yandex.ru yandex.com "

// Free says whether the address is at a provider where anybody can have one: nothing but its publisher's word ties it to an
// office.
func (e Email) Free() bool {
	domain := e.Domain()
	return domain != "" && strings.Contains(freeMail, " "+domain+" ")
}
