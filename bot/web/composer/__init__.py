"""The composer: drafts written on a telephone, looked at as people will see them, sent with second thoughts; and the
approval of what others wrote. Everything works without scripts; with them words are kept while there is no line.
"""
