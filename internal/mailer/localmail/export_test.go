package localmail

// Decode is the reader of captured mails, for what arrived over SMTP.
var Decode = decode
